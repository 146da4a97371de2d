using Connet.Protocol;
using Connet.Protocol.Addressing;
using Connet.Protocol.Restrictions;
using Connet.Quic;
using Microsoft.Extensions.Logging;

namespace Connet.Control;

/// <summary>How a <see cref="ControlServer"/> is set up. Can be bound from configuration. Not thread safe.</summary>
public sealed class ControlServerOptions
{
    /// <summary>Where clients connect.</summary>
    /// <value>Empty by default: one ingress at <c>:19190</c> with the server's certificate.</value>
    public IList<ControlIngressOptions> ClientIngresses { get; set; } = [];

    /// <summary>Where relays connect.</summary>
    /// <value>Empty by default: relays cannot connect.</value>
    public IList<ControlIngressOptions> RelayIngresses { get; set; } = [];

    /// <summary>The certificate of every ingress that names none; it wins over the files.</summary>
    /// <value>Null by default.</value>
    public QuicCertificate? Certificate { get; set; }

    /// <summary>A PEM file with the certificate of every ingress that names none, the leaf first.</summary>
    /// <value>Null by default.</value>
    public string? CertificateFile { get; set; }

    /// <summary>A PEM file with the unencrypted private key of <see cref="CertificateFile"/>.</summary>
    /// <value>Null by default.</value>
    public string? KeyFile { get; set; }

    /// <summary>The tokens of clients. Of a token that is listed twice the last one's restriction holds.</summary>
    /// <value>Empty by default: nobody can authenticate.</value>
    public IList<string> ClientTokens { get; set; } = [];

    /// <summary>What each client token permits, in the order of <see cref="ClientTokens"/>.</summary>
    /// <value>Empty, everything, by default; else as long as the list of tokens.</value>
    public IList<TokenRestrictionOptions> ClientTokenRestrictions { get; set; } = [];

    /// <summary>The tokens of relays. Of a token that is listed twice the last one's restriction holds.</summary>
    /// <value>Empty by default: no relay can authenticate.</value>
    public IList<string> RelayTokens { get; set; } = [];

    /// <summary>What each relay token permits, in the order of <see cref="RelayTokens"/>; only the addresses count.</summary>
    /// <value>Empty, everything, by default; else as long as the list of tokens.</value>
    public IList<TokenRestrictionOptions> RelayTokenRestrictions { get; set; } = [];

    /// <summary>
    /// How long the announcements of a client stay after its connection has died, so that a reconnect goes unnoticed by its peers; with a
    /// <see cref="Store"/> also over a restart of the server.
    /// </summary>
    /// <value>30 seconds by default; <see cref="TimeSpan.Zero"/>: they go at once. At most 30 days.</value>
    public TimeSpan EndpointExpiry { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a handshake may go without a new packet from the peer.</summary>
    /// <value>5 seconds by default.</value>
    public TimeSpan HandshakeIdleTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How much the server does for one peer, and for all of them.</summary>
    public ControlServerLimits Limits { get; set; } = new();

    /// <summary>Where the server keeps its id, secrets, reset keys, and what clients announce. The server does not dispose it.</summary>
    /// <value>Null by default: in memory; clients and relays get new ids after a restart, and announcements are gone.</value>
    public IControlStore? Store { get; set; }

    /// <summary>The clock of expiry and of the server's own time limits.</summary>
    /// <value>Null, the system's, by default.</value>
    public TimeProvider? TimeProvider { get; set; }

    /// <summary>Where the server logs to.</summary>
    /// <value>Null, nowhere, by default.</value>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>The only generation of the protocol that this server speaks, to clients and to relays; null speaks both. For tests.</summary>
    internal ProtocolGeneration? Generation { get; set; }

    /// <summary>What is wrong with the values. Files are not read and names not looked up.</summary>
    /// <returns>One sentence for each; none if all is well.</returns>
    public IEnumerable<string> Validate()
    {
        if (ClientIngresses.Count == 0 && Certificate is null && CertificateFile is null)
        {
            yield return "ClientIngresses is empty and there is no Certificate or CertificateFile for the default one: give one of them.";
        }

        foreach (string problem in Ingresses(ClientIngresses, nameof(ClientIngresses)).Concat(Ingresses(RelayIngresses, nameof(RelayIngresses))))
        {
            yield return problem;
        }

        foreach (string problem in Tokens(ClientTokens, ClientTokenRestrictions, "Client").Concat(Tokens(RelayTokens, RelayTokenRestrictions, "Relay")))
        {
            yield return problem;
        }

        if (EndpointExpiry < TimeSpan.Zero || EndpointExpiry > OptionChecks.LongestTime)
        {
            yield return $"EndpointExpiry is {EndpointExpiry}: it must be zero (off) or more, and at most {OptionChecks.LongestTime.TotalDays} days.";
        }

        if (HandshakeIdleTimeout < TimeSpan.FromMilliseconds(1) || HandshakeIdleTimeout > OptionChecks.LongestTime)
        {
            yield return OptionChecks.BadTime(nameof(HandshakeIdleTimeout), HandshakeIdleTimeout);
        }

        foreach (string problem in Limits.Validate())
        {
            yield return problem;
        }
    }

    /// <summary>Describes the options; tokens are counted, never shown.</summary>
    public override string ToString() =>
        $"ControlServerOptions {{ clients at [{string.Join(", ", ClientIngresses)}] with {ClientTokens.Count} tokens, "
        + $"relays at [{string.Join(", ", RelayIngresses)}] with {RelayTokens.Count} tokens, expiry {EndpointExpiry} }}";

    private IEnumerable<string> Ingresses(IList<ControlIngressOptions> ingresses, string list)
    {
        for (int i = 0; i < ingresses.Count; i++)
        {
            ControlIngressOptions ingress = ingresses[i];
            string name = $"{list}[{i}]";
            if (Failure(() => AddressText.Split(ingress.Address, defaultPort: 0)) is { } address)
            {
                yield return $"{name}.Address: {address}";
            }

            if (Failure(() => IpRestriction.Parse(ingress.AllowCidrs, ingress.DenyCidrs)) is { } rule)
            {
                yield return $"{name}: {rule}";
            }

            if (ingress.Certificate is null && (ingress.CertificateFile is null) != (ingress.KeyFile is null))
            {
                yield return $"{name} has only one of CertificateFile and KeyFile: give both.";
            }
            else if (ingress.Certificate is null && ingress.CertificateFile is null && Certificate is null && CertificateFile is null)
            {
                yield return $"{name} has no certificate, and the server has none for it: give CertificateFile and KeyFile, or Certificate.";
            }
        }

        if (list == nameof(ClientIngresses) && (CertificateFile is null) != (KeyFile is null))
        {
            yield return "The server has only one of CertificateFile and KeyFile: give both.";
        }
    }

    private static IEnumerable<string> Tokens(IList<string> tokens, IList<TokenRestrictionOptions> restrictions, string side)
    {
        for (int i = 0; i < tokens.Count; i++)
        {
            if (string.IsNullOrEmpty(tokens[i]))
            {
                yield return $"{side}Tokens[{i}] is empty: whoever sends no token at all would have it.";
            }
        }

        if (restrictions.Count > 0 && restrictions.Count != tokens.Count)
        {
            yield return $"{side}TokenRestrictions has {restrictions.Count} entries for {tokens.Count} tokens: give one for each token, or none.";
        }

        for (int i = 0; i < restrictions.Count; i++)
        {
            if (Failure(() => restrictions[i].Compile()) is { } problem)
            {
                yield return $"{side}TokenRestrictions[{i}]: {problem}";
            }
        }
    }

    private static string? Failure<T>(Func<T> read)
    {
        try
        {
            read();
            return null;
        }
        catch (FormatException exception)
        {
            return exception.Message;
        }
    }
}
