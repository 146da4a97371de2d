using System.Globalization;
using Microsoft.Extensions.Options;

namespace Connet.Client.Tests;

internal sealed class ConnetClientOptionsTests
{
    [Test]
    public void Text_of_the_options_keeps_the_token() =>
        Assert.That(new ConnetClientOptions { Token = "very secret" }.ToString(), Does.Contain("19190").And.Not.Contain("very secret"));

    [Test]
    public void Token_is_all_that_is_required() => Assert.That(ConnetClientOptionsValidator.Check(new ConnetClientOptions { Token = "t" }), Is.Empty);

    [TestCase("127.0.0.1")]
    [TestCase("control.example")]
    [TestCase("control.example:1")]
    [TestCase("[2001:db8::1]")]
    [TestCase("[2001:db8::1]:19190")]
    public void Server_addresses_with_and_without_port_are_good(string address) =>
        Assert.That(ConnetClientOptionsValidator.Check(new ConnetClientOptions { Token = "t", ServerAddress = address }), Is.Empty);

    [TestCase("Token", "", "Token")]
    [TestCase("ServerAddress", "", "ServerAddress")]
    [TestCase("ServerAddress", ":19190", "ServerAddress")]
    [TestCase("ServerAddress", "host:0", "ServerAddress")]
    [TestCase("ServerAddress", "host:70000", "ServerAddress")]
    [TestCase("ServerAddress", "2001:db8::1", "ServerAddress")]
    [TestCase("ServerName", " ", "ServerName")]
    [TestCase("DirectAddress", "19192", "DirectAddress")]
    [TestCase("DirectAddress", "host:x", "DirectAddress")]
    [TestCase("RelayEncryptions", "TLS", "is no encryption")]
    [TestCase("RelayEncryptions", "rot13", "'rot13'")]
    [TestCase("HandshakeIdleTimeout", "00:00:00.05", "HandshakeIdleTimeout")]
    [TestCase("LivenessInterval", "00:00:00.05", "LivenessInterval")]
    [TestCase("LivenessInterval", "00:00:11", "LivenessInterval")]
    [TestCase("LivenessTimeout", "00:00:00", "LivenessTimeout")]
    [TestCase("HedgeDelay", "00:00:00", "HedgeDelay")]
    [TestCase("PeerGracePeriod", "-00:00:01", "PeerGracePeriod")]
    [TestCase("RelayGracePeriod", "-00:00:01", "RelayGracePeriod")]
    [TestCase("ReconnectBackoffInitial", "00:00:00", "ReconnectBackoffInitial")]
    [TestCase("ReconnectBackoffMax", "00:00:00.05", "ReconnectBackoffMax")]
    [TestCase("ShutdownTimeout", "-00:00:01", "ShutdownTimeout")]
    public void Bad_setting_is_named(string setting, string value, string expected)
    {
        ConnetClientOptions options = new() { Token = "t" };
        System.Reflection.PropertyInfo property = typeof(ConnetClientOptions).GetProperty(setting)!;
        property.SetValue(
            options,
            property.PropertyType == typeof(TimeSpan) ? TimeSpan.Parse(value, CultureInfo.InvariantCulture)
                : property.PropertyType == typeof(string) ? value : new List<string> { value });
        OptionsValidationException failure = Assert.Throws<OptionsValidationException>(() => _ = new ConnetClient(options))!;
        Assert.That(failure.Failures.Single(), Does.Contain(expected));
    }

    [Test]
    public void Metadata_and_reset_key_have_their_lengths() =>
        Assert.That(
            ConnetClientOptionsValidator.Check(new ConnetClientOptions { Token = "t", Metadata = new string('x', 1025), StatelessResetKey = new byte[31] }),
            Is.EqualTo(["Metadata has 1025 characters: use at most 1024.", "StatelessResetKey has 31 bytes: it needs 32."]));
}
