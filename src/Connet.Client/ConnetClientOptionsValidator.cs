using Connet.Protocol.Addressing;
using Connet.Protocol.State;
using Microsoft.Extensions.Options;

namespace Connet.Client;

/// <summary>Says what is wrong with a client's settings, each in a sentence that names the setting.</summary>
internal sealed class ConnetClientOptionsValidator : IValidateOptions<ConnetClientOptions>
{
    private const int MaxMetadataLength = 1024;

    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longestInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(1);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, ConnetClientOptions options)
    {
        string[] failures = [.. Check(options)];
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    /// <summary>What is wrong; nothing for good settings.</summary>
    public static IEnumerable<string> Check(ConnetClientOptions options) =>
        CheckIdentity(options).Concat(CheckAddresses(options)).Concat(CheckEncryptions(options.RelayEncryptions, nameof(options.RelayEncryptions)))
            .Concat(CheckTimes(options));

    /// <summary>What is wrong with a list of encryptions.</summary>
    public static IEnumerable<string> CheckEncryptions(IList<string> encryptions, string setting) =>
        encryptions.Select(each => each switch
        {
            "none" or "dhxcp" or "tls" => string.Empty,
            _ => $"{setting} has '{each}', which is no encryption: use tls, dhxcp or none.",
        }).Where(failure => failure.Length > 0);

    private static IEnumerable<string> CheckIdentity(ConnetClientOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.Token))
        {
            yield return "Token is missing: set the token that the control server knows this client by.";
        }

        if (options.Metadata.Length > MaxMetadataLength)
        {
            yield return $"Metadata has {options.Metadata.Length} characters: use at most {MaxMetadataLength}.";
        }

        if (options.StatelessResetKey is { Length: not ResetKeyFile.KeyLength } key)
        {
            yield return $"StatelessResetKey has {key.Length} bytes: it needs {ResetKeyFile.KeyLength}.";
        }
    }

    private static IEnumerable<string> CheckAddresses(ConnetClientOptions options)
    {
        if (!TrySplit(options.ServerAddress, ConnetClientOptions.DefaultServerPort, out string host, out int port) || host.Length == 0 || port == 0)
        {
            yield return $"ServerAddress '{options.ServerAddress}' is no address of a control server: write host or host:port.";
        }

        if (options.ServerName is { } name && string.IsNullOrWhiteSpace(name))
        {
            yield return "ServerName is empty: leave it out to check the certificate against the host of ServerAddress.";
        }

        if (!TrySplit(options.DirectAddress, null, out _, out _))
        {
            yield return $"DirectAddress '{options.DirectAddress}' is no address: write host:port, or :port for all interfaces.";
        }
    }

    private static IEnumerable<string> CheckTimes(ConnetClientOptions options) =>
        new[]
        {
            Range(options.HandshakeIdleTimeout, s_shortest, s_longest, nameof(options.HandshakeIdleTimeout)),
            Range(options.LivenessInterval, s_shortest, s_longestInterval, nameof(options.LivenessInterval)),
            Range(options.LivenessTimeout, s_shortest, s_longest, nameof(options.LivenessTimeout)),
            Range(options.HedgeDelay, TimeSpan.FromMilliseconds(1), s_longest, nameof(options.HedgeDelay)),
            Range(options.PeerGracePeriod, TimeSpan.Zero, s_longest, nameof(options.PeerGracePeriod)),
            Range(options.RelayGracePeriod, TimeSpan.Zero, s_longest, nameof(options.RelayGracePeriod)),
            Range(options.ReconnectBackoffInitial, TimeSpan.FromMilliseconds(1), s_longest, nameof(options.ReconnectBackoffInitial)),
            Range(options.ReconnectBackoffMax, options.ReconnectBackoffInitial, s_longest, nameof(options.ReconnectBackoffMax)),
            Range(options.ShutdownTimeout, TimeSpan.Zero, s_longest, nameof(options.ShutdownTimeout)),
        }.OfType<string>();

    private static string? Range(TimeSpan value, TimeSpan least, TimeSpan most, string setting) =>
        value >= least && value <= most ? null : $"{setting} is {value}: use {least} to {most}.";

    private static bool TrySplit(string text, int? defaultPort, out string host, out int port)
    {
        try
        {
            (host, port) = AddressText.Split(text, defaultPort);
            return true;
        }
        catch (FormatException)
        {
            (host, port) = (string.Empty, 0);
            return false;
        }
    }
}
