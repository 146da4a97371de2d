namespace Connet.Quic.Core.Crypto;

/// <summary>
/// Where packet protection comes from. The choice is made once per process: libcrypto with kept contexts where it loads,
/// else the platform's classes. The AppContext switch <c>Connet.Quic.UsePlatformCrypto</c> or the environment variable
/// <c>CONNET_QUIC_CRYPTO=platform</c> forces the latter.
/// </summary>
internal abstract class CryptoProvider
{
    /// <summary>The AppContext switch that forces <see cref="Platform"/>.</summary>
    public const string PlatformSwitch = "Connet.Quic.UsePlatformCrypto";

    /// <summary>The environment variable that forces <see cref="Platform"/> when it is <c>platform</c>.</summary>
    public const string EnvironmentVariable = "CONNET_QUIC_CRYPTO";

    private static readonly Lazy<CryptoProvider?> _libCrypto = new(LibCryptoProvider.TryLoad);
    private static readonly Lazy<CryptoProvider> _default = new(ChooseDefault);

    /// <summary>The provider of System.Security.Cryptography, on every operating system.</summary>
    public static CryptoProvider Platform { get; } = new PlatformCryptoProvider();

    /// <summary>The provider over OpenSSL's libcrypto, or null where that does not load.</summary>
    public static CryptoProvider? LibCrypto => _libCrypto.Value;

    /// <summary>The provider that this process uses unless told otherwise.</summary>
    public static CryptoProvider Default => _default.Value;

    /// <summary>A name for logs and status.</summary>
    public abstract string Name { get; }

    /// <summary>Whether this provider can protect packets with <paramref name="suite"/>; the two AES suites always work.</summary>
    public abstract bool IsSupported(CipherSuite suite);

    /// <summary>Makes the packet protection for one key.</summary>
    public abstract Aead CreateAead(CipherSuite suite, ReadOnlySpan<byte> key);

    /// <summary>Makes the header protection for one key.</summary>
    public abstract HeaderMask CreateHeaderMask(CipherSuite suite, ReadOnlySpan<byte> key);

    /// <summary>Whether the switch or the value of the environment variable asks for the platform's classes.</summary>
    internal static bool IsPlatformForced(bool? appContextSwitch, string? environment) =>
        appContextSwitch == true || string.Equals(environment, "platform", StringComparison.OrdinalIgnoreCase);

    private static CryptoProvider ChooseDefault()
    {
        bool? setting = AppContext.TryGetSwitch(PlatformSwitch, out bool value) ? value : null;
        return IsPlatformForced(setting, Environment.GetEnvironmentVariable(EnvironmentVariable)) ? Platform : LibCrypto ?? Platform;
    }
}
