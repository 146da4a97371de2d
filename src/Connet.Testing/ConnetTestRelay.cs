using System.Net;
using Connet.Relay;
using Connet.Testing.Faults;

namespace Connet.Testing;

/// <summary>A relay of a <see cref="ConnetTestNetwork"/>. It keeps its address and its state when it is restarted.</summary>
public sealed class ConnetTestRelay : ConnetTestParticipant
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(1);

    private readonly ConnetTestControl _control;
    private readonly Action<RelayServerOptions>? _configure;
    private readonly string _stateDirectory;
    private IPEndPoint _endPoint = new(IPAddress.Loopback, 0);
    private RelayServer? _server;

    internal ConnetTestRelay(string name, LinkTable links, ConnetTestControl control, string stateDirectory, Action<RelayServerOptions>? configure)
        : base(name, links) => (_control, _stateDirectory, _configure) = (control, stateDirectory, configure);

    /// <summary>The running relay.</summary>
    /// <exception cref="InvalidOperationException">It is stopped.</exception>
    public RelayServer Server => _server ?? throw new InvalidOperationException($"The relay {Name} is stopped: call StartAsync.");

    /// <summary>Where it is; the same after a restart.</summary>
    public IPEndPoint EndPoint => _endPoint;

    /// <summary>Starts the relay, if it is stopped.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task that completes when its control server has admitted it.</returns>
    /// <exception cref="RelayServerException">It cannot start.</exception>
    public override async ValueTask StartAsync(CancellationToken cancellationToken = default)
    {
        if (_server is null)
        {
            RelayServerOptions options = new()
            {
                Ingresses = [new RelayIngressOptions { Address = _endPoint.ToString(), HostPorts = [IPAddress.Loopback.ToString()] }],
                Token = _control.RelayToken,
                Metadata = Name,
                ControlAddress = _control.RelayEndPoint.ToString(),
                ControlCertificateValidation = _control.Validation,
                StateDirectory = _stateDirectory,
            };
            _configure?.Invoke(options);
            foreach (RelayIngressOptions ingress in options.Ingresses)
            {
                ingress.ConfigureEndpoint = Filter(ingress.ConfigureEndpoint);
            }

            IsDead = false;
            _server = await RelayServer.StartAsync(options, cancellationToken).ConfigureAwait(false);
            _endPoint = _server.EndPoints[0];
            Links.Register(this, _server.EndPoints);
        }

        await _server.WaitForControlAsync(cancellationToken).ConfigureAwait(false);

        // A relay that was there before comes back by itself after a restart of the control server; this waits for that too.
        using PeriodicTimer poll = new(s_poll);
        while (_control.Server.GetStatus().Relays.All(relay => relay.RemoteEndPoint.Port != _endPoint.Port))
        {
            await poll.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Stops the relay in order: it closes its connections. Open streams may finish within the relay's time for shutdown.</summary>
    /// <param name="cancellationToken">Ends the wait for open streams.</param>
    /// <returns>A task that completes when its sockets are closed.</returns>
    public override ValueTask StopAsync(CancellationToken cancellationToken = default) => EndAsync(isKilled: false, cancellationToken);

    /// <summary>Ends the relay as a killed process ends: without a word to anybody.</summary>
    /// <param name="cancellationToken">Is not asked: this takes a moment only.</param>
    /// <returns>A task that completes when its sockets are closed.</returns>
    public override ValueTask KillAsync(CancellationToken cancellationToken = default) => EndAsync(isKilled: true, cancellationToken);

    private async ValueTask EndAsync(bool isKilled, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _server, null) is not { } server)
        {
            return;
        }

        IsDead = isKilled;
        if (!isKilled)
        {
            await server.StopAsync(cancellationToken).ConfigureAwait(false);
        }

        await server.DisposeAsync().ConfigureAwait(false);
    }
}
