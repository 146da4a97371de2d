using System.Net;
using System.Text.Json;
using Connet.Control;
using Connet.Hosting.Diagnostics;
using Connet.Protocol;
using Connet.Relay;

namespace Connet.Hosting;

/// <summary>
/// A control server and a relay in one process. The relay reaches the control server over loopback, at a free port, with a certificate
/// and a token that only the two know. All members are thread safe.
/// </summary>
public sealed class ConnetServer : IConnetStatusSource, IAsyncDisposable
{
    /// <summary>Nothing but a defect, or a machine without loopback, makes it take longer.</summary>
    private static readonly TimeSpan s_joinTimeout = TimeSpan.FromSeconds(30);

    private readonly ConnetServerJoint _joint;
    private readonly IAsyncDisposable? _store;
    private readonly SemaphoreSlim _reloading = new(1, 1);
    private readonly Lock _lock = new();
    private Task? _stopped;

    private ConnetServer(ControlServer control, RelayServer relay, ConnetServerJoint joint, IAsyncDisposable? store)
    {
        (Control, Relay, _joint, _store) = (control, relay, joint, store);
        Completion = WatchAsync();
    }

    /// <summary>The control server.</summary>
    public ControlServer Control { get; }

    /// <summary>The relay.</summary>
    public RelayServer Relay { get; }

    /// <summary>
    /// Completes when both parts have stopped. If one of them cannot go on, the other is stopped too, and this fails with the reason of
    /// the first.
    /// </summary>
    public Task Completion { get; }

    /// <inheritdoc/>
    string IConnetStatusSource.Kind => ServerStatusJson.Kind;

    /// <summary>Starts both parts. Completes when the relay has joined its control server; if anything fails, nothing stays open.</summary>
    /// <param name="options">How the server is set up.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The running server.</returns>
    /// <exception cref="ConnetException">An option is not valid, a file or the store cannot be read, or an address cannot be bound.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async ValueTask<ConnetServer> StartAsync(ConnetServerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] problems = [.. options.Validate()];
        if (problems.Length > 0)
        {
            throw new ConnetServerException($"The server cannot start: {string.Join(" ", problems)}");
        }

        (IControlStore? store, IAsyncDisposable? owned) = await OpenStoreAsync(options, cancellationToken).ConfigureAwait(false);
        ControlServer? control = null;
        RelayServer? relay = null;
        try
        {
            ConnetServerJoint joint = ConnetServerJoint.Create(options);
            control = await ControlServer.StartAsync(joint.ControlOptions(options, store), cancellationToken).ConfigureAwait(false);
            RelayServerOptions relayOptions = joint.RelayOptions(options, control.RelayEndPoints[0]);
            relay = await RelayServer.StartAsync(relayOptions, cancellationToken).ConfigureAwait(false);
            await JoinAsync(relay, cancellationToken).ConfigureAwait(false);
            return new ConnetServer(control, relay, joint, owned);
        }
        catch
        {
            await EndAsync(relay, control, owned).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Applies other options to both parts: tokens, their restrictions, the rules for addresses, and certificates, whose files are read again;
    /// <see cref="ControlServer.ReloadAsync"/> says what becomes of sessions. The relay's metadata holds from its next connection to the
    /// control server. If anything is wrong with the options, nothing has changed. Concurrent calls take place one after the other.
    /// </summary>
    /// <param name="options">
    /// All of the options, not just those that differ. Addresses, the number of ingresses, times and folders must be the same as before; the
    /// store is not looked at. Do not change them afterwards.
    /// </param>
    /// <param name="cancellationToken">Gives up, before anything has changed.</param>
    /// <returns>A task that completes when the options hold, and who is not permitted any more has been told.</returns>
    /// <exception cref="ConnetException">An option is not valid or cannot change, a file cannot be read, or the server has stopped.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task ReloadAsync(ConnetServerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] problems = [.. options.Validate()];
        if (problems.Length > 0)
        {
            throw new ConnetServerException($"The server keeps its options: {string.Join(" ", problems)}");
        }

        await _reloading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // What could keep the relay from taking its options is asked first: the control server's are not taken back.
            RelayServerOptions relay = _joint.RelayOptions(options, Control.RelayEndPoints[0]);
            if (Relay.FindReloadProblem(relay) is { } problem)
            {
                throw new ConnetServerException($"The server keeps its options: in its relay, {problem}");
            }

            await Control.ReloadAsync(_joint.ControlOptions(options, store: null), cancellationToken).ConfigureAwait(false);
            await Relay.ReloadAsync(relay, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _reloading.Release();
        }
    }

    /// <summary>
    /// Stops the relay, which lets open streams finish up to <see cref="ConnetServerOptions.ShutdownTimeout"/>, and then the control server.
    /// A second call waits for the first.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait for open streams.</param>
    /// <returns>A task that completes when everything is closed.</returns>
    public async ValueTask StopAsync(CancellationToken cancellationToken = default) => await StopOnceAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    void IConnetStatusSource.WriteStatus(Utf8JsonWriter writer) => ServerStatusJson.Write(writer, Volatile.Read(ref _stopped) is null, Control, Relay);

    /// <summary>Stops without waiting for open streams.</summary>
    /// <returns>A task that completes when everything is closed.</returns>
    public async ValueTask DisposeAsync() => await StopOnceAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);

    /// <summary>Names the addresses.</summary>
    public override string ToString() =>
        $"Connet server, clients at {string.Join<IPEndPoint>(", ", Control.ClientEndPoints)}, relay at {string.Join<IPEndPoint>(", ", Relay.EndPoints)}";

    private static async ValueTask<(IControlStore? Store, IAsyncDisposable? Owned)> OpenStoreAsync(
        ConnetServerOptions options, CancellationToken cancellationToken)
    {
        if (options.StoreDirectory is { } folder)
        {
            try
            {
                Directory.CreateDirectory(folder);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
            {
                throw new ConnetServerException($"The folder '{folder}' for the server's state cannot be made: {exception.Message}", exception);
            }
        }

        if (options.Store is not null || options.OpenStore is null)
        {
            return (options.Store, null);
        }

        IControlStore store = await options.OpenStore(options.StoreDirectory, cancellationToken).ConfigureAwait(false);
        return (store, store as IAsyncDisposable);
    }

    private static async ValueTask JoinAsync(RelayServer relay, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = new(s_joinTimeout);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await relay.WaitForControlAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ConnetServerException("The relay cannot reach the control server of its own process over loopback: is traffic over loopback filtered?", exception);
        }
    }

    private static async ValueTask EndAsync(RelayServer? relay, ControlServer? control, IAsyncDisposable? store)
    {
        if (relay is not null)
        {
            await relay.DisposeAsync().ConfigureAwait(false);
        }

        if (control is not null)
        {
            await control.DisposeAsync().ConfigureAwait(false);
        }

        if (store is not null)
        {
            await store.DisposeAsync().ConfigureAwait(false);
        }
    }

    private Task StopOnceAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _stopped ??= Task.Run(() => StopCoreAsync(cancellationToken), CancellationToken.None);
        }
    }

    private async Task StopCoreAsync(CancellationToken cancellationToken)
    {
        if (!cancellationToken.IsCancellationRequested)
        {
            await Relay.StopAsync(cancellationToken).ConfigureAwait(false);
        }

        await EndAsync(Relay, Control, _store).ConfigureAwait(false);
    }

    private async Task WatchAsync()
    {
        Task first = await Task.WhenAny(Control.Completion, Relay.Completion).ConfigureAwait(false);
        await StopOnceAsync(CancellationToken.None).ConfigureAwait(false);
        await first.ConfigureAwait(false);
    }
}
