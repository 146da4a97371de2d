using System.Net;
using System.Text.Json;
using Connet.Client.Control;
using Connet.Client.Diagnostics;
using Connet.Client.Nat;
using Connet.Protocol;
using Connet.Protocol.Addressing;
using Connet.Quic;
using Microsoft.Extensions.Options;

namespace Connet.Client;

/// <summary>
/// A client: one UDP socket, one control server, and any number of sources and destinations. It keeps its connection to the control server by
/// itself; losing it disturbs no path to a peer. All members are thread safe. A client starts once.
/// </summary>
public sealed class ConnetClient : IConnetStatusSource, IAsyncDisposable
{
    private readonly ConnetClientOptions _options;
    private readonly ILocalInterfaces _interfaces;
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Name, ConnetRole Role), EndpointHandle> _endpoints = [];
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _accepted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ClientRuntime? _runtime;
    private Task _removals = Task.CompletedTask;
    private Task? _stopped;
    private bool _isStarted;
    private bool _isStartAwaited;

    /// <summary>Makes a client that has not started.</summary>
    /// <param name="options">Its settings. Do not change them afterwards.</param>
    /// <exception cref="OptionsValidationException">A setting is missing or out of range; the message names it.</exception>
    public ConnetClient(ConnetClientOptions options)
        : this(options, new SystemInterfaces())
    {
    }

    internal ConnetClient(ConnetClientOptions options, ILocalInterfaces interfaces)
    {
        ArgumentNullException.ThrowIfNull(options);
        ThrowIfAny(ConnetClientOptionsValidator.Check(options), typeof(ConnetClientOptions));
        _options = options;
        _interfaces = interfaces;
    }

    /// <summary>What the client's socket is bound to, with the port that the system gave it.</summary>
    /// <exception cref="InvalidOperationException">The client has not started.</exception>
    public IPEndPoint LocalEndPoint =>
        Volatile.Read(ref _runtime)?.Context.Endpoint.LocalEndPoint ?? throw new InvalidOperationException("The client has no socket before it starts.");

    /// <summary>The client's address as the control server saw it last; null before the first connection.</summary>
    public IPEndPoint? PublicEndPoint => Volatile.Read(ref _runtime)?.Link.Connection?.PublicEndPoint;

    /// <inheritdoc/>
    string IConnetStatusSource.Kind => ClientStatusJson.Kind;

    /// <summary>
    /// Completes when the client has stopped. Faults with <see cref="ConnetClientException"/>, whose message is one sentence, when the client cannot
    /// go on: its start failed, or its socket failed, or with <see cref="ConnetClientOptions.FailFast"/> the control server refused its token later. Never completes for a client that is neither started nor stopped.
    /// </summary>
    public Task Completion => _completion.Task;

    /// <summary>Makes a client and starts it.</summary>
    /// <param name="options">Its settings.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The client, known to its control server; dispose it.</returns>
    /// <exception cref="OptionsValidationException">A setting is missing or out of range; the message names it.</exception>
    /// <exception cref="ConnetClientException">The client cannot start; see <see cref="StartAsync"/>.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async ValueTask<ConnetClient> ConnectAsync(ConnetClientOptions options, CancellationToken cancellationToken = default)
    {
        ConnetClient client = new(options);
        await client.StartAsync(cancellationToken).ConfigureAwait(false);
        return client;
    }

    /// <summary>
    /// Opens the socket, starts the endpoints, and waits until the control server has accepted the client. While no server answers it keeps
    /// trying, with a log line a minute, unless <see cref="ConnetClientOptions.FailFast"/> is set.
    /// </summary>
    /// <param name="cancellationToken">Gives up; the client is stopped then.</param>
    /// <returns>A task that completes when the control server knows the client.</returns>
    /// <exception cref="ConnetClientException">
    /// The control server refused the token or is not trusted, the socket cannot be opened, or with <see cref="ConnetClientOptions.FailFast"/> nobody
    /// answered. Nothing is left running.
    /// </exception>
    /// <exception cref="ConnetEndpointException">The address of a source cannot be used, as when another program has it. Nothing is left running.</exception>
    /// <exception cref="InvalidOperationException">The client was started before.</exception>
    /// <exception cref="ObjectDisposedException">The client was stopped.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the client was stopped meanwhile.</exception>
    public async ValueTask StartAsync(CancellationToken cancellationToken = default)
    {
        _isStartAwaited = true;
        await BeginAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _runtime!.Link.Authenticated.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            await ShutDownAsync(TimeSpan.Zero, exception as ConnetException).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Waits until the control server has accepted the client for the first time, as an application does whose host started it: the host does not wait.
    /// </summary>
    /// <param name="cancellationToken">Gives up the wait; the client goes on.</param>
    /// <returns>A task that completes when the control server knows the client, or knew it.</returns>
    /// <exception cref="ConnetClientException">The client cannot go on; see <see cref="Completion"/>.</exception>
    /// <exception cref="ObjectDisposedException">The client was stopped before.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask WaitForControlAsync(CancellationToken cancellationToken = default) =>
        await _accepted.Task.WaitAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Adds a source, before or after the start.</summary>
    /// <param name="options">Its settings. Do not change them afterwards.</param>
    /// <returns>The source. Disposing it takes it away.</returns>
    /// <exception cref="OptionsValidationException">A setting is missing or out of range; the message names it.</exception>
    /// <exception cref="InvalidOperationException">
    /// There is a source of this name, or the source has an <see cref="ConnetSourceOptions.Address"/> and the client has started: use <see cref="AddSourceAsync"/>.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The client was stopped.</exception>
    public ConnetSource AddSource(ConnetSourceOptions options) => (ConnetSource)Add(NewSource(options), mayRun: options.Address is null).Endpoint;

    /// <summary>Adds a source; if the client has started and the source has an address, waits until connections are accepted there.</summary>
    /// <param name="options">Its settings. Do not change them afterwards.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The source. Disposing it takes it away.</returns>
    /// <exception cref="OptionsValidationException">A setting is missing or out of range; the message names it.</exception>
    /// <exception cref="ConnetEndpointException">The address cannot be used, as when another program has it. The source is not added.</exception>
    /// <exception cref="InvalidOperationException">There is a source of this name.</exception>
    /// <exception cref="ObjectDisposedException">The client was stopped.</exception>
    public async ValueTask<ConnetSource> AddSourceAsync(ConnetSourceOptions options, CancellationToken cancellationToken = default)
    {
        EndpointHandle handle = NewSource(options);
        ConnetSource source = (ConnetSource)handle.Endpoint;
        if (Add(handle, mayRun: true).IsAttached)
        {
            try
            {
                await handle.RunAsync(cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                await source.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }

        return source;
    }

    /// <summary>Adds a destination, before or after the start.</summary>
    /// <param name="options">Its settings. Do not change them afterwards.</param>
    /// <returns>The destination. Disposing it takes it away.</returns>
    /// <exception cref="OptionsValidationException">A setting is missing or out of range; the message names it.</exception>
    /// <exception cref="ConnetEndpointException">
    /// The client has started, and the address cannot be used, as when a certificate cannot be read. The destination is not added.
    /// </exception>
    /// <exception cref="InvalidOperationException">There is a destination of this name.</exception>
    /// <exception cref="ObjectDisposedException">The client was stopped.</exception>
    public ConnetDestination AddDestination(ConnetDestinationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ThrowIfAny(ConnetEndpointOptionsValidator.Check(options, _options), typeof(ConnetDestinationOptions));
        ConnetDestination destination = new(options, _options, destination => Remove(destination.Name, ConnetRole.Destination));
        EndpointHandle handle = EndpointHandle.Of(destination, _options);
        if (Add(handle, mayRun: true).IsAttached)
        {
            try
            {
                handle.RunDestination();
            }
            catch
            {
                Discard(destination);
                throw;
            }
        }

        return destination;
    }

    /// <summary>
    /// Reads the files of <see cref="ConnetClientOptions.ServerCaFile"/> and of the running endpoints' <c>Tls</c> options again: connections from now on meet
    /// what they hold, open ones go on. If a file cannot be used, nothing has changed.
    /// </summary>
    /// <exception cref="ConnetEndpointException">A file of an endpoint cannot be used; the message is one sentence that names it.</exception>
    /// <exception cref="ConnetClientException">The file of the control server's authorities cannot be used.</exception>
    public void ReloadFiles()
    {
        ClientRuntime? runtime;
        EndpointHandle[] endpoints;
        lock (_lock)
        {
            runtime = _runtime;
            endpoints = [.. _endpoints.Values];
        }

        if (runtime is null)
        {
            // They are read at the start.
            return;
        }

        QuicCertificateValidation trust = ServerTrust.Of(_options);
        Action[] changes = [.. endpoints.Select(endpoint => endpoint.PrepareFiles()).OfType<Action>()];
        runtime.Link.Validation = trust;
        Array.ForEach(changes, change => change());
    }

    /// <summary>The client at this instant.</summary>
    /// <returns>A snapshot.</returns>
    public ConnetClientStatus GetStatus()
    {
        ClientRuntime? runtime;
        EndpointHandle[] endpoints;
        bool isStopped;
        lock (_lock)
        {
            runtime = _runtime;
            endpoints = [.. _endpoints.Values];
            isStopped = _stopped is not null;
        }

        ConnetClientState state = isStopped ? ConnetClientState.Disconnected : runtime?.Link.State ?? ConnetClientState.NotConnected;
        ControlConnection? connection = runtime?.Link.Connection;
        bool isConnected = state == ConnetClientState.Connected;
        return new ConnetClientStatus
        {
            State = state,
            ServerAddress = _options.ServerAddress,
            ServerEndPoint = isConnected && connection is not null ? Normalize(connection.Quic.RemoteEndPoint) : null,
            RoundTripTime = isConnected ? connection?.Quic.SmoothedRtt : null,
            LocalEndPoint = runtime?.Context.Endpoint.LocalEndPoint,
            PublicEndPoint = connection?.PublicEndPoint,
            DirectAddresses = runtime?.Link.Addresses ?? [],
            LocalAddresses = runtime?.Link.LocalAddresses ?? [],
            Transport = runtime?.Context.Endpoint.GetStatistics(),
            Metadata = _options.Metadata,
            BuildVersion = BuildVersion.Current,
            Endpoints = [.. endpoints.Select(endpoint => endpoint.GetStatus())],
        };
    }

    /// <inheritdoc/>
    void IConnetStatusSource.WriteStatus(Utf8JsonWriter writer) => ClientStatusJson.Write(writer, GetStatus());

    /// <summary>
    /// Stops: accepts nothing more, takes the endpoints away at the control server, lets open connections finish within
    /// <see cref="ConnetClientOptions.ShutdownTimeout"/>, and closes everything with code 0. A second call waits for the first.
    /// </summary>
    /// <param name="cancellationToken">Gives up the wait; stopping goes on.</param>
    /// <returns>A task that completes when the socket is closed.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask StopAsync(CancellationToken cancellationToken = default) =>
        await ShutDownAsync(_options.ShutdownTimeout, failure: null).WaitAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Stops; see <see cref="StopAsync"/>.</summary>
    /// <returns>A task that completes when the socket is closed.</returns>
    public ValueTask DisposeAsync() => StopAsync(CancellationToken.None);

    /// <inheritdoc/>
    public override string ToString() => $"client of {_options.ServerAddress}";

    /// <summary>Starts without waiting for the control server; <see cref="Completion"/> tells if it refuses.</summary>
    internal async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stopped is not null, this);
            if (_isStarted)
            {
                throw new InvalidOperationException("The client was started before.");
            }

            _isStarted = true;
        }

        try
        {
            ClientRuntime runtime = await ClientRuntime.OpenAsync(_options, _interfaces, cancellationToken).ConfigureAwait(false);
            if (Attach(runtime) is not { } endpoints)
            {
                await runtime.CloseAsync().ConfigureAwait(false);
                throw new ObjectDisposedException(ToString());
            }

            foreach (EndpointHandle endpoint in endpoints)
            {
                await endpoint.RunAsync(cancellationToken).ConfigureAwait(false);
            }

            Start(runtime);
        }
        catch (Exception exception)
        {
            await ShutDownAsync(TimeSpan.Zero, exception as ConnetException).ConfigureAwait(false);
            throw;
        }
    }

    internal ConnetSource? FindSource(string name) => Find(name, ConnetRole.Source) as ConnetSource;

    internal ConnetDestination? FindDestination(string name) => Find(name, ConnetRole.Destination) as ConnetDestination;

    private static void ThrowIfAny(IEnumerable<string> failures, Type type)
    {
        string[] all = [.. failures];
        if (all.Length > 0)
        {
            throw new OptionsValidationException(Options.DefaultName, type, all);
        }
    }

    private static IPEndPoint Normalize(IPEndPoint endPoint) => new(IpText.Normalize(endPoint.Address), endPoint.Port);

    private object? Find(string name, ConnetRole role)
    {
        lock (_lock)
        {
            return _endpoints.GetValueOrDefault((name, role))?.Endpoint;
        }
    }

    private EndpointHandle NewSource(ConnetSourceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ThrowIfAny(ConnetEndpointOptionsValidator.Check(options, _options), typeof(ConnetSourceOptions));
        return EndpointHandle.Of(new ConnetSource(options, _options, source => Remove(source.Name, ConnetRole.Source)), _options);
    }

    private (object Endpoint, bool IsAttached) Add(EndpointHandle handle, bool mayRun)
    {
        (string Name, ConnetRole Role) key = (handle.Controlled.Name, (ConnetRole)handle.Controlled.Role);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stopped is not null, this);
            if (_endpoints.ContainsKey(key))
            {
                throw new InvalidOperationException($"This client has a {(key.Role == ConnetRole.Source ? "source" : "destination")} '{key.Name}' already.");
            }

            if (_runtime is not null && !mayRun)
            {
                throw new InvalidOperationException($"The client has started, and the source '{key.Name}' has an address to listen at: use AddSourceAsync.");
            }

            _endpoints.Add(key, handle);
            if (_runtime is not null)
            {
                handle.Attach(_runtime);
            }

            return (handle.Endpoint, _runtime is not null);
        }
    }

    /// <returns>The endpoints so far; later ones attach themselves. Null if the client was stopped meanwhile.</returns>
    private EndpointHandle[]? Attach(ClientRuntime runtime)
    {
        lock (_lock)
        {
            if (_stopped is not null)
            {
                return null;
            }

            _runtime = runtime;
            EndpointHandle[] endpoints = [.. _endpoints.Values];
            foreach (EndpointHandle endpoint in endpoints)
            {
                endpoint.Attach(runtime);
            }

            return endpoints;
        }
    }

    /// <summary>An endpoint was disposed: it is withdrawn while its open connections finish.</summary>
    private void Remove(string name, ConnetRole role)
    {
        lock (_lock)
        {
            if (_stopped is null && _endpoints.Remove((name, role), out EndpointHandle? handle))
            {
                // At once: a connection to the control server that comes now announces it no more.
                EndpointStreams? streams = _runtime?.Link.Remove(handle.Controlled);

                // Elsewhere: what ends there may be a scheme of the application's, which must not run under the lock.
                AddRemoval(Task.Run(() => Task.WhenAll(handle.StopRunnerAsync(), streams?.WithdrawAsync() ?? Task.CompletedTask)));
            }
        }
    }

    /// <summary>Takes away a destination that could not start, where nobody can wait for it.</summary>
    private void Discard(ConnetDestination destination)
    {
        lock (_lock)
        {
            Remove(destination.Name, ConnetRole.Destination);
            AddRemoval(Task.Run(() => destination.StopAsync(TimeSpan.Zero).AsTask()));
        }
    }

    private void AddRemoval(Task removal) => _removals = _removals.IsCompleted ? removal : Task.WhenAll(_removals, removal);

    /// <summary>Begins to connect, unless the client was stopped meanwhile: what starts after the end would stay.</summary>
    private void Start(ClientRuntime runtime)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stopped is not null, this);
            runtime.Link.Start();
        }

        _ = WatchAsync(runtime);
    }

    private async Task WatchAsync(ClientRuntime runtime)
    {
        try
        {
            await (await Task.WhenAny(runtime.Link.Authenticated, runtime.Link.Completion).ConfigureAwait(false)).ConfigureAwait(false);
            if (runtime.Link.Authenticated.IsCompletedSuccessfully)
            {
                _accepted.TrySetResult();
            }

            await runtime.Link.Completion.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Stopped before the control server accepted it.
        }
        catch (Exception exception)
        {
            if (!_isStartAwaited || runtime.Link.Authenticated.IsCompletedSuccessfully)
            {
                ControlLog.ClientFailed(runtime.Context.Logger, exception.Message);
            }

            await ShutDownAsync(TimeSpan.Zero, exception).ConfigureAwait(false);
        }
    }

    private Task ShutDownAsync(TimeSpan deadline, Exception? failure)
    {
        lock (_lock)
        {
            return _stopped ??= Task.Run(() => ShutDownOnceAsync(deadline, failure));
        }
    }

    private async Task ShutDownOnceAsync(TimeSpan deadline, Exception? failure)
    {
        EndpointHandle[] endpoints;
        Task removals;
        lock (_lock)
        {
            endpoints = [.. _endpoints.Values];
            removals = _removals;
        }

        try
        {
            Task[] runners = [.. endpoints.Select(endpoint => endpoint.StopRunnerAsync())];
            if (_runtime is { } withdrawing)
            {
                await withdrawing.Link.WithdrawAllAsync().ConfigureAwait(false);
            }

            await Task.WhenAll([.. runners, .. endpoints.Select(endpoint => endpoint.StopAsync(deadline)), removals]).ConfigureAwait(false);
        }
        finally
        {
            if (_runtime is { } runtime)
            {
                await runtime.CloseAsync().ConfigureAwait(false);
            }

            if (failure is null)
            {
                _completion.TrySetResult();
                _accepted.TrySetException(new ObjectDisposedException(ToString()));
            }
            else
            {
                _completion.TrySetException(failure);
                _accepted.TrySetException(failure);
            }

            // Whoever does not ask for them has the exception of the start, or the log.
            _ = _completion.Task.Exception;
            _ = _accepted.Task.Exception;
        }
    }
}
