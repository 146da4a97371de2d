using Connet.Control;
using Connet.Protocol.Addressing;
using Connet.Quic;
using Connet.Relay;
using Microsoft.Extensions.Options;

namespace Connet.Hosting;

/// <content>The options of the two parts, and their joint.</content>
public sealed partial class ConnetServerOptions
{
    private const string RelayFolder = "relay";

    /// <summary>What is wrong with the values. Files are not read and names not looked up.</summary>
    /// <returns>One sentence for each; none if all is well.</returns>
    public IEnumerable<string> Validate()
    {
        List<string> problems = [.. ControlOptions([], null).Validate()];
        try
        {
            RelayOptions("placeholder", "127.0.0.1:1", QuicCertificateValidation.System()).Validate();
        }
        catch (OptionsValidationException exception)
        {
            // Named as they are here.
            problems.AddRange(exception.Failures.Select(each => each.StartsWith("Ingresses[", StringComparison.Ordinal) ? "Relay" + each : each));
        }

        return problems.Distinct();
    }

    /// <summary>The control server's options.</summary>
    /// <param name="joint">Where the relay of this process connects.</param>
    /// <param name="store">Where state is kept.</param>
    /// <param name="relayTokens">What the relay of this process shows.</param>
    internal ControlServerOptions ControlOptions(IList<ControlIngressOptions> joint, IControlStore? store, params IList<string> relayTokens) => new()
    {
        ClientIngresses = ClientIngresses,
        RelayIngresses = joint,
        Certificate = Certificate,
        CertificateFile = CertificateFile,
        KeyFile = KeyFile,
        ClientTokens = ClientTokens,
        ClientTokenRestrictions = ClientTokenRestrictions,
        RelayTokens = relayTokens,
        EndpointExpiry = EndpointExpiry,
        HandshakeIdleTimeout = HandshakeIdleTimeout,
        Store = store,
        TimeProvider = TimeProvider,
        LoggerFactory = LoggerFactory,
    };

    /// <summary>The relay's options.</summary>
    internal RelayServerOptions RelayOptions(string token, string controlAddress, QuicCertificateValidation validation) => new()
    {
        Ingresses = RelayIngresses,
        Token = token,
        Metadata = RelayMetadata,
        ControlAddress = controlAddress,
        ControlCertificateValidation = validation,
        StateDirectory = StoreDirectory is null ? null : Path.Combine(StoreDirectory, RelayFolder),
        HandshakeIdleTimeout = HandshakeIdleTimeout,
        ShutdownTimeout = ShutdownTimeout,
        TimeProvider = TimeProvider,
        LoggerFactory = LoggerFactory,
    };

    /// <summary>A socket that is bound to an IPv6 address alone reaches no IPv4 one.</summary>
    internal string JointAddress()
    {
        string first = RelayIngresses.Count > 0 ? AddressText.Split(RelayIngresses[0].Address, 0).Host : string.Empty;
        return first.Contains(':', StringComparison.Ordinal) && first != "::" ? "[::1]:0" : "127.0.0.1:0";
    }
}
