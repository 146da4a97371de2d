using System.Net;
using System.Text.Json;
using Connet.Protocol;
using Connet.Protocol.Identities;
using Connet.Protocol.Timing;
using Connet.Quic;
using Connet.Relay.Clients;
using Connet.Relay.Diagnostics;
using Connet.Relay.Forwarding;
using Connet.Relay.Uplink;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Connet.Relay;

/// <summary>
/// A relay: admits clients that the control server sent, and forwards streams from the sources to the destinations of an endpoint. All members are
/// thread safe.
/// </summary>
public sealed partial class RelayServer : IConnetStatusSource, IAsyncDisposable
{
    private readonly RelayServerOptions _options;
    private readonly IReadOnlyList<RelaySocket> _sockets;
    private readonly IReadOnlyList<QuicListener> _listeners;
    private readonly GeneratedCertificate _certificate;
    private readonly RelayMemory _memory;
    private readonly ControlUplink _uplink;
    private readonly UplinkSettings _uplinkSettings;
    private readonly ClientConnections _clients;
    private readonly EndpointDirectory _directory;
    private readonly ClientAdmission _admission;
    private readonly ForwardingCounters _counters = new();
    private readonly StreamService _streams;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _uplinkStop = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly Task _uplinkRun;
    private Task? _stopped;

    private RelayServer(RelayServerOptions options, IReadOnlyList<RelaySocket> sockets, UplinkIdentity identity, RelayMemory memory)
    {
        _options = options;
        _fixed = [.. FixedValues(options)];
        _sockets = sockets;
        _memory = memory;
        _logger = LoggerOf(options);
        TimeProvider clock = options.TimeProvider ?? TimeProvider.System;
        _certificate = new IdentityFactory(clock).CreateRelay();
        EndPoints = [.. sockets.Select(socket => socket.Endpoint.LocalEndPoint)];

        AdmissionKeys keys = new(clock, options.ControlGracePeriod);
        _directory = new EndpointDirectory(options.MaxConnectionsPerEndpoint, clock);
        _admission = new ClientAdmission(options, keys, _directory, clock, _logger);
        _streams = new StreamService(options, new DestinationDialer(options, clock, _logger), _counters, clock, _logger);
        _clients = new ClientConnections(_admission, _directory, _streams, _logger);
        QuicCertificate certificate = QuicCertificate.FromDer([_certificate.Certificate.ToArray()], _certificate.ExportPkcs8());
        _listeners = [.. sockets.Select(socket => socket.Listen(certificate, options))];
        foreach ((RelaySocket socket, QuicListener listener) in sockets.Zip(_listeners))
        {
            _ = AcceptAsync(socket, listener);
        }

        _uplinkSettings = new UplinkSettings
        {
            Socket = sockets[0].Endpoint,
            Options = options,
            Identity = identity,
            ServerCertificate = _certificate.Certificate,
            Advertised = [.. sockets.SelectMany(socket => socket.HostPorts)],
            Memory = memory,
            Keys = keys,
            Clock = clock,
            Logger = _logger,
        };
        _uplink = new ControlUplink(_uplinkSettings);
        foreach (RelaySocket socket in sockets)
        {
            RelayLog.Listening(_logger, _certificate.ServerName!, socket.Endpoint.LocalEndPoint, string.Join(", ", socket.HostPortTexts));
        }

        _uplinkRun = RunUplinkAsync();
    }

    /// <summary>Where the sockets are bound, with the ports that the system gave them, in the order of the ingresses.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints { get; }

    /// <inheritdoc/>
    string IConnetStatusSource.Kind => RelayStatusJson.Kind;

    /// <summary>For tests.</summary>
    internal IReadOnlyList<RelaySocket> Sockets => _sockets;

    /// <summary>
    /// Completes when the relay has stopped. Fails with a <see cref="RelayServerException"/> if it stopped because it cannot go on: the control
    /// server refused its token, is not trusted, or is another one than before, or a socket failed.
    /// </summary>
    public Task Completion => _completion.Task;

    /// <summary>
    /// Starts a relay. Returns when the sockets are bound; the control server is connected to in the background, see <see cref="WaitForControlAsync"/>.
    /// </summary>
    /// <param name="options">How it is set up.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    /// <returns>The running relay.</returns>
    /// <exception cref="OptionsValidationException">An option is missing or out of range.</exception>
    /// <exception cref="RelayServerException">A socket cannot be bound, or a file cannot be read or written.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async ValueTask<RelayServer> StartAsync(RelayServerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        UplinkIdentity identity = UplinkIdentity.Of(options);
        ILogger logger = LoggerOf(options);
        RelayMemory memory = OpenMemory(options);
        List<RelaySocket> sockets = [];
        try
        {
            foreach (RelayIngressOptions ingress in IngressesOf(options))
            {
                sockets.Add(await RelaySocket.OpenAsync(ingress, options, logger, cancellationToken).ConfigureAwait(false));
            }

            return new RelayServer(options, sockets, identity, memory);
        }
        catch
        {
            foreach (RelaySocket socket in sockets)
            {
                await socket.Endpoint.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    /// <summary>Waits until the control server has admitted this relay for the first time.</summary>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <returns>A task that completes then.</returns>
    /// <exception cref="RelayServerException">
    /// The control server refused the token, is not trusted, or is another one than before; the relay was stopped; or the control server cannot be
    /// reached, and <see cref="RelayServerOptions.FailFast"/> is set.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task WaitForControlAsync(CancellationToken cancellationToken = default) => _uplink.Authenticated.WaitAsync(cancellationToken);

    /// <summary>What the relay is doing at this instant.</summary>
    /// <returns>A snapshot.</returns>
    public RelayServerStatus GetStatus()
    {
        RelayEndpointStatus[] endpoints =
        [
            .. _directory.Snapshot().OrderBy(endpoint => endpoint.Name, StringComparer.Ordinal).Select(endpoint => new RelayEndpointStatus
            {
                Name = endpoint.Name,
                Destinations = endpoint.Destinations.Length,
                Sources = endpoint.Members.Length - endpoint.Destinations.Length,
            }),
        ];
        return new RelayServerStatus
        {
            ControlState = _uplink.State,
            Metadata = _uplinkSettings.Identity.Metadata,
            BuildVersion = BuildVersion.Current,
            ControlAddress = _options.ControlAddress,
            ControlId = _memory.ControlId,
            ServerName = _certificate.ServerName!,
            Ingresses =
            [
                .. _sockets.Select(socket => new RelayIngressStatus
                {
                    Address = socket.Address,
                    LocalEndPoint = socket.Endpoint.LocalEndPoint,
                    HostPorts = socket.HostPortTexts,
                    Transport = socket.Endpoint.GetStatistics(),
                }),
            ],
            Clients = endpoints.Sum(endpoint => endpoint.Destinations + endpoint.Sources),
            UnauthenticatedConnections = _admission.Waiting,
            Endpoints = endpoints,
            ActiveStreams = _counters.Active,
            ForwardedStreams = _counters.Streams,
            ForwardedBytes = _counters.Bytes,
        };
    }

    /// <inheritdoc/>
    void IConnetStatusSource.WriteStatus(Utf8JsonWriter writer) => RelayStatusJson.Write(writer, GetStatus());

    /// <summary>
    /// Stops: leaves the control server, takes no new connections and streams, waits up to <see cref="RelayServerOptions.ShutdownTimeout"/> for the
    /// open streams, and closes the connections with code 0. A second call waits for the first.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait for open streams.</param>
    /// <returns>A task that completes when everything is closed.</returns>
    public async ValueTask StopAsync(CancellationToken cancellationToken = default) => await StopOnceAsync(null, cancellationToken).ConfigureAwait(false);

    /// <summary>Stops without waiting for open streams.</summary>
    /// <returns>A task that completes when everything is closed.</returns>
    public async ValueTask DisposeAsync() => await StopOnceAsync(null, new CancellationToken(canceled: true)).ConfigureAwait(false);

    /// <summary>Names the sockets.</summary>
    public override string ToString() => $"Relay on {string.Join(", ", EndPoints)}";

    private static ILogger LoggerOf(RelayServerOptions options) => options.LoggerFactory?.CreateLogger(typeof(RelayServer)) ?? NullLogger.Instance;

    private static IList<RelayIngressOptions> IngressesOf(RelayServerOptions options) =>
        options.Ingresses.Count > 0 ? options.Ingresses : [new RelayIngressOptions()];

    private static RelayMemory OpenMemory(RelayServerOptions options)
    {
        try
        {
            return RelayMemory.Open(options.StateDirectory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RelayServerException($"The relay's state cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Accepts clients until the relay stops. A socket that fails ends the relay: it would be announced, and nobody could reach it.</summary>
    private async Task AcceptAsync(RelaySocket socket, QuicListener listener)
    {
        await _clients.AcceptAsync(socket, listener, _stop.Token).ConfigureAwait(false);
        lock (_lock)
        {
            if (_stopped is not null)
            {
                return;
            }
        }

        RelayServerException failure = new($"The relay stopped because its socket on {socket.Endpoint.LocalEndPoint} has failed, start it again.");
        RelayLog.Stopping(_logger, failure.Message);
        _ = StopOnceAsync(failure, CancellationToken.None);
    }

    private async Task RunUplinkAsync()
    {
        try
        {
            // Not on the caller's thread: the start returns first.
            await Task.Yield();
            await _uplink.RunAsync(_uplinkStop.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            RelayLog.Stopping(_logger, exception.Message);
            _ = StopOnceAsync(exception, CancellationToken.None);
        }
    }

    private Task StopOnceAsync(Exception? reason, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _stopped ??= Task.Run(() => StopCoreAsync(reason, cancellationToken), CancellationToken.None);
        }
    }

    private async Task StopCoreAsync(Exception? reason, CancellationToken cancellationToken)
    {
        _streams.StopAccepting();
        await _uplinkStop.CancelAsync().ConfigureAwait(false);
        await (reason is null ? _uplinkRun : Task.CompletedTask).ConfigureAwait(false);
        foreach (QuicListener listener in _listeners)
        {
            await listener.DisposeAsync().ConfigureAwait(false);
        }

        if (!cancellationToken.IsCancellationRequested && _options.ShutdownTimeout > TimeSpan.Zero)
        {
            using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task pause = (_options.TimeProvider ?? TimeProvider.System).PauseAsync(_options.ShutdownTimeout, done.Token);
            await Task.WhenAny(_counters.WhenIdle(), pause).ConfigureAwait(false);
            await done.CancelAsync().ConfigureAwait(false);
        }

        foreach (RelaySocket socket in _sockets)
        {
            await socket.Endpoint.CloseAsync((long)ProtocolErrorCode.Unknown, "the relay stops", CancellationToken.None).ConfigureAwait(false);
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        if (reason is null)
        {
            _completion.TrySetResult();
        }
        else
        {
            _completion.TrySetException(reason);

            // Who does not look at it has seen the log.
            _ = _completion.Task.Exception;
        }
    }
}
