using System.Net;
using System.Text.Json;
using Connet.Control.Auth;
using Connet.Control.Clients;
using Connet.Control.Diagnostics;
using Connet.Control.Ingresses;
using Connet.Control.Relays;
using Connet.Control.Sessions;
using Connet.Control.Stores;
using Connet.Protocol;
using Connet.Quic;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connet.Control;

/// <summary>
/// A running control server: authenticates clients and relays, tells clients about their peers, and gives them what they need to be
/// admitted by relays. All members are thread safe.
/// </summary>
public sealed partial class ControlServer : IConnetStatusSource, IAsyncDisposable
{
    private readonly ServerContext _context;
    private readonly AnnouncementJournal? _journal;
    private readonly List<Ingress> _clients = [];
    private readonly List<Ingress> _relays = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskSet _accepting = new();
    private Task? _stop;
    private volatile bool _isStopping;

    private ControlServer(ServerContext context, AnnouncementJournal? journal, ControlServerOptions options) =>
        (_context, _journal, _fixed) = (context, journal, [.. FixedValues(options)]);

    /// <summary>The server's id, which relays remember. It stays the same as long as the store does.</summary>
    public string Id => _context.State.Id;

    /// <summary>Where clients connect: the addresses that are bound, with their ports.</summary>
    public IReadOnlyList<IPEndPoint> ClientEndPoints { get; private set; } = [];

    /// <summary>Where relays connect: the addresses that are bound, with their ports.</summary>
    public IReadOnlyList<IPEndPoint> RelayEndPoints { get; private set; } = [];

    /// <inheritdoc/>
    string IConnetStatusSource.Kind => ControlStatusJson.Kind;

    /// <summary>For tests.</summary>
    internal IReadOnlyList<Ingress> ClientIngresses => _clients;

    /// <summary>
    /// Completes when the server has stopped. Faults with a <see cref="ControlServerException"/> if it had to because a socket failed.
    /// </summary>
    public Task Completion => _completion.Task;

    /// <summary>Reads files and store, opens the sockets and begins to accept connections. If anything fails, nothing stays open.</summary>
    /// <param name="options">How the server is set up. Do not change them afterwards.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The running server.</returns>
    /// <exception cref="ConnetException">An option is not valid, a file or the store cannot be read, a key does not fit its certificate, or an address cannot be bound.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async ValueTask<ControlServer> StartAsync(ControlServerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] problems = [.. options.Validate()];
        if (problems.Length > 0)
        {
            throw new ControlServerException($"The control server cannot start: {string.Join(" ", problems)}");
        }

        List<IngressPlan> plans = await PlanAsync(options, isBound: false, cancellationToken).ConfigureAwait(false);
        ControlState state = await ControlState.LoadAsync(options.Store ?? new InMemoryControlStore(), cancellationToken).ConfigureAwait(false);
        (ServerContext context, AnnouncementJournal? journal) = CreateContext(options, state);
        ControlServer server = new(context, journal, options);
        Action restore;
        try
        {
            restore = await server.ReadAnnouncementsAsync(options, cancellationToken).ConfigureAwait(false);
            HashSet<string> addresses = [];
            foreach (IngressPlan plan in plans)
            {
                // Sockets never share a key: one would give away the reset tokens of the other (RFC 9000 section 21.11).
                string name = $"{plan.Side}/{plan.Address}";
                for (int i = 2; !addresses.Add(name); i++)
                {
                    name = $"{plan.Side}/{plan.Address}#{i}";
                }

                byte[] resetKey = await state.ReadResetKeyAsync(name, cancellationToken).ConfigureAwait(false);
                Ingress ingress = await Ingress.BindAsync(plan, options, context, resetKey).ConfigureAwait(false);
                (plan.Kind == ConnectionKind.ControlClients ? server._clients : server._relays).Add(ingress);
            }
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        // Not before everything is bound: a start that fails leaves the store as it was.
        restore();
        server.Begin();
        return server;
    }

    /// <summary>The server's state at this instant.</summary>
    /// <returns>A snapshot.</returns>
    public ControlServerStatus GetStatus() => new()
    {
        IsRunning = !_isStopping,
        Id = Id,
        BuildVersion = BuildVersion.Current,
        ClientIngresses = [.. _clients.Select(ingress => ingress.GetStatus())],
        RelayIngresses = [.. _relays.Select(ingress => ingress.GetStatus())],
        Clients = [.. _context.Clients.Sessions.Select(session => session.GetStatus())],
        Relays = [.. _context.Relays.Connections.Select(relay => relay.GetStatus())],
        ExpiringEndpoints = _context.Endpoints.AbandonedCount,
    };

    /// <inheritdoc/>
    void IConnetStatusSource.WriteStatus(Utf8JsonWriter writer) => ControlStatusJson.Write(writer, GetStatus());

    /// <summary>Stops accepting, closes all connections with code 0, and the sockets. A second call waits for the first.</summary>
    /// <param name="cancellationToken">Gives up the wait; the server stops all the same.</param>
    /// <returns>A task that completes when everything is closed.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask StopAsync(CancellationToken cancellationToken = default) =>
        await EndAsync(null).WaitAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Stops the server.</summary>
    /// <returns>A task that completes when everything is closed.</returns>
    public async ValueTask DisposeAsync() => await EndAsync(null).ConfigureAwait(false);

    /// <inheritdoc/>
    public override string ToString() => $"Control server {Id}";

    private static async ValueTask<List<IngressPlan>> PlanAsync(ControlServerOptions options, bool isBound, CancellationToken cancellationToken)
    {
        List<IngressPlan> plans = [];
        foreach ((ConnectionKind kind, ControlIngressOptions ingress) in IngressesOf(options))
        {
            plans.Add(await IngressPlan.CreateAsync(kind, ingress, options, isBound, cancellationToken).ConfigureAwait(false));
        }

        return plans;
    }

    private static IEnumerable<(ConnectionKind Kind, ControlIngressOptions Options)> IngressesOf(ControlServerOptions options)
    {
        IList<ControlIngressOptions> clients = options.ClientIngresses.Count > 0 ? options.ClientIngresses : [new ControlIngressOptions()];
        return clients.Select(ingress => (ConnectionKind.ControlClients, ingress))
            .Concat(options.RelayIngresses.Select(ingress => (ConnectionKind.ControlRelays, ingress)));
    }

    private static (ServerContext Context, AnnouncementJournal? Journal) CreateContext(ControlServerOptions options, ControlState state)
    {
        TimeProvider clock = options.TimeProvider ?? TimeProvider.System;
        ILogger logger = options.LoggerFactory?.CreateLogger(typeof(ControlServer)) ?? NullLogger.Instance;

        // Without a store of the application's nothing outlives the process, and nobody has to wait for it.
        AnnouncementJournal? journal = options.Store is { } store ? new AnnouncementJournal(store, clock, logger) : null;
        AnnouncementJournal? used = options.EndpointExpiry > TimeSpan.Zero ? journal : null;
        ServerContext context = new()
        {
            Limits = options.Limits,
            Clock = clock,
            Logger = logger,
            State = state,
            Rules = CreateRules(options, state, logger),
            Endpoints = new EndpointDirectory(clock, options.EndpointExpiry, used, options.Limits.MaxExpiringBytes),
            Relays = new RelayDirectory(),
        };
        return (context, journal);
    }

    private static AccessRules CreateRules(ControlServerOptions options, ControlState state, ILogger logger)
    {
        AccessRules rules = new(
            new TokenTable([.. options.ClientTokens], [.. options.ClientTokenRestrictions.Select(each => each.Compile())], state.TokenSecret),
            new TokenTable([.. options.RelayTokens], [.. options.RelayTokenRestrictions.Select(each => each.Compile())], state.TokenSecret));
        foreach ((TokenTable tokens, string side) in new[] { (rules.ClientTokens, "client"), (rules.RelayTokens, "relay") })
        {
            if (tokens.Duplicates > 0)
            {
                ControlLog.DuplicateTokens(logger, tokens.Duplicates, side);
            }
        }

        return rules;
    }

    private void Begin()
    {
        ClientEndPoints = [.. _clients.Select(ingress => ingress.LocalEndPoint)];
        RelayEndPoints = [.. _relays.Select(ingress => ingress.LocalEndPoint)];
        ControlLog.Started(_context.Logger, Id, string.Join(", ", ClientEndPoints), string.Join(", ", RelayEndPoints));
        foreach (Ingress ingress in _clients)
        {
            _accepting.Add(AcceptAsync(ingress, ClientSession.RunAsync));
        }

        foreach (Ingress ingress in _relays)
        {
            _accepting.Add(AcceptAsync(ingress, RelaySession.RunAsync));
        }
    }

    private async Task AcceptAsync(Ingress ingress, Ingress.SessionHandler handler)
    {
        try
        {
            await ingress.AcceptAsync(_context, handler, _stopping.Token).ConfigureAwait(false);
        }
        catch (QuicException exception)
        {
            if (!_isStopping)
            {
                ControlLog.IngressFailed(_context.Logger, ingress.LocalEndPoint, exception.Message);
                _ = EndAsync(new ControlServerException($"The control server stopped because its socket at {ingress.LocalEndPoint} failed: {exception.Message}", exception));
            }
        }
    }

    private Task EndAsync(Exception? reason)
    {
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.CompareExchange(ref _stop, begun.Task, null) is { } earlier)
        {
            return earlier;
        }

        _ = StopAllAsync(begun, reason);
        return begun.Task;
    }

    private async Task StopAllAsync(TaskCompletionSource begun, Exception? reason)
    {
        // The connections first: streams that end before their connection would be opened again at once.
        _isStopping = true;
        Ingress[] ingresses = [.. _clients, .. _relays];
        foreach (Ingress ingress in ingresses)
        {
            await ingress.CloseAsync().ConfigureAwait(false);
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        foreach (Ingress ingress in ingresses)
        {
            await ingress.WhenEndedAsync().ConfigureAwait(false);
        }

        await _accepting.WhenEmptyAsync().ConfigureAwait(false);
        _context.Endpoints.Dispose();
        await (_journal?.StopAsync() ?? Task.CompletedTask).ConfigureAwait(false);
        _stopping.Dispose();
        if (ClientEndPoints.Count > 0)
        {
            ControlLog.Stopped(_context.Logger, Id);
        }

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

        begun.TrySetResult();
    }
}
