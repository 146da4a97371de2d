using System.Net;
using Connet.Control;
using Connet.Quic;
using Connet.Testing.Faults;

namespace Connet.Testing;

/// <summary>The control server of a <see cref="ConnetTestNetwork"/>. It keeps its addresses, its certificate and its state when it is restarted.</summary>
public sealed class ConnetTestControl : ConnetTestParticipant
{
    private readonly Action<ControlServerOptions>? _configure;
    private readonly InMemoryControlStore _store = new();
    private readonly QuicCertificate _certificate = TestCertificate.Create();
    private IPEndPoint _clients = new(IPAddress.Loopback, 0);
    private IPEndPoint _relays = new(IPAddress.Loopback, 0);
    private ControlServer? _server;

    internal ConnetTestControl(LinkTable links, Action<ControlServerOptions>? configure)
        : base("control", links) => _configure = configure;

    /// <summary>The running server.</summary>
    /// <exception cref="InvalidOperationException">It is stopped.</exception>
    public ControlServer Server => _server ?? throw new InvalidOperationException("The control server is stopped: call StartAsync.");

    /// <summary>Where clients connect; the same after a restart.</summary>
    public IPEndPoint ClientEndPoint => _clients;

    /// <summary>Where relays connect; the same after a restart.</summary>
    public IPEndPoint RelayEndPoint => _relays;

    /// <summary>How clients and relays check the server's certificate.</summary>
    public QuicCertificateValidation Validation => QuicCertificateValidation.Pinned(_certificate.RawLeaf);

    /// <summary>The token of clients.</summary>
    public string ClientToken { get; } = "client-token";

    /// <summary>The token of relays.</summary>
    public string RelayToken { get; } = "relay-token";

    /// <summary>Starts the server, if it is stopped.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task that completes when it listens.</returns>
    /// <exception cref="ControlServerException">It cannot start.</exception>
    public override async ValueTask StartAsync(CancellationToken cancellationToken = default)
    {
        if (_server is not null)
        {
            return;
        }

        ControlServerOptions options = new()
        {
            ClientIngresses = [new ControlIngressOptions { Address = _clients.ToString() }],
            RelayIngresses = [new ControlIngressOptions { Address = _relays.ToString() }],
            Certificate = _certificate,
            ClientTokens = [ClientToken],
            RelayTokens = [RelayToken],
            Store = _store,
        };
        _configure?.Invoke(options);
        foreach (ControlIngressOptions ingress in options.ClientIngresses.Concat(options.RelayIngresses))
        {
            ingress.ConfigureEndpoint = Filter(ingress.ConfigureEndpoint);
        }

        IsDead = false;
        _server = await ControlServer.StartAsync(options, cancellationToken).ConfigureAwait(false);
        (_clients, _relays) = (_server.ClientEndPoints[0], _server.RelayEndPoints[0]);
        Links.Register(this, [.. _server.ClientEndPoints, .. _server.RelayEndPoints]);
    }

    /// <summary>Stops the server in order: it closes its connections.</summary>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <returns>A task that completes when its sockets are closed.</returns>
    public override ValueTask StopAsync(CancellationToken cancellationToken = default) => EndAsync(isKilled: false, cancellationToken);

    /// <summary>Ends the server as a killed process ends: without a word to anybody.</summary>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <returns>A task that completes when its sockets are closed.</returns>
    public override ValueTask KillAsync(CancellationToken cancellationToken = default) => EndAsync(isKilled: true, cancellationToken);

    private async ValueTask EndAsync(bool isKilled, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _server, null) is { } server)
        {
            IsDead = isKilled;
            await server.StopAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
