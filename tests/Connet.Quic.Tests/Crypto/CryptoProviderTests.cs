using Connet.Quic.Core.Crypto;

namespace Connet.Quic.Tests.Crypto;

public sealed class CryptoProviderTests
{
    private static string[] Names => CryptoProviders.Names;

    [TestCase(null, null, false)]
    [TestCase(false, "libcrypto", false)]
    [TestCase(true, null, true)]
    [TestCase(null, "platform", true)]
    [TestCase(false, "Platform", true)]
    public void The_switch_or_the_environment_forces_the_platform(bool? setting, string? environment, bool expected) =>
        Assert.That(CryptoProvider.IsPlatformForced(setting, environment), Is.EqualTo(expected));

    [Test]
    public void The_default_is_libcrypto_where_it_loads_and_nothing_forces_the_platform()
    {
        bool? setting = AppContext.TryGetSwitch(CryptoProvider.PlatformSwitch, out bool value) ? value : null;
        bool forced = CryptoProvider.IsPlatformForced(setting, Environment.GetEnvironmentVariable(CryptoProvider.EnvironmentVariable));
        CryptoProvider expected = forced ? CryptoProvider.Platform : CryptoProvider.LibCrypto ?? CryptoProvider.Platform;
        Assert.That(CryptoProvider.Default, Is.SameAs(expected));
    }

    [TestCaseSource(nameof(Names))]
    public void Every_suite_is_supported_and_no_other(string name)
    {
        CryptoProvider provider = CryptoProviders.Get(name);
        Assert.That(CryptoProviders.Suites.Select(provider.IsSupported), Is.All.True);
        Assert.That(provider.IsSupported((CipherSuite)0x1304), Is.False);
        Assert.That(provider.Name, Is.Not.Empty);
    }
}
