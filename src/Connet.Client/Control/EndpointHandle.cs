using Connet.Client.Endpoints;

namespace Connet.Client.Control;

/// <summary>A source or destination of a client, with what runs for it.</summary>
internal sealed class EndpointHandle
{
    private readonly Lock _lock = new();
    private readonly Action<ClientRuntime> _start;
    private readonly Func<TimeSpan, ValueTask> _stop;
    private readonly Func<ConnetEndpointStatus> _status;
    private readonly Func<CancellationToken, ValueTask<EndpointRunner>>? _run;
    private EndpointRunner? _runner;
    private bool _isStopping;

    private EndpointHandle(
        object endpoint,
        IControlledEndpoint controlled,
        Action<ClientRuntime> start,
        Func<TimeSpan, ValueTask> stop,
        Func<ConnetEndpointStatus> status,
        Func<CancellationToken, ValueTask<EndpointRunner>>? run) =>
        (Endpoint, Controlled, _start, _stop, _status, _run) = (endpoint, controlled, start, stop, status, run);

    /// <summary>The <see cref="ConnetSource"/> or <see cref="ConnetDestination"/>.</summary>
    public object Endpoint { get; }

    /// <summary>What the control server is told of it.</summary>
    public IControlledEndpoint Controlled { get; }

    /// <summary>The handle of a source.</summary>
    public static EndpointHandle Of(ConnetSource source, ConnetClientOptions options) => new(
        source,
        source.Controlled,
        runtime => source.Start(runtime.Network),
        source.StopAsync,
        source.GetStatus,
        source.Options.Address is null ? null : token => EndpointRunner.StartSourceAsync(source, options, token));

    /// <summary>The handle of a destination.</summary>
    public static EndpointHandle Of(ConnetDestination destination, ConnetClientOptions options) => new(
        destination,
        destination.Controlled,
        runtime => destination.Start(runtime.Network),
        destination.StopAsync,
        destination.GetStatus,
        destination.Options.Address is null ? null : _ => new(EndpointRunner.StartDestination(destination, options)));

    /// <summary>Connects the endpoint with a running client. Once.</summary>
    public void Attach(ClientRuntime runtime)
    {
        _start(runtime);
        runtime.Link.Add(Controlled);
    }

    /// <summary>Starts what the endpoint's address asks for.</summary>
    /// <exception cref="ConnetEndpointException">The address cannot be used.</exception>
    public async ValueTask RunAsync(CancellationToken cancellationToken)
    {
        if (_run is null)
        {
            return;
        }

        EndpointRunner runner = await _run(cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            if (!_isStopping)
            {
                _runner = runner;
                return;
            }
        }

        await runner.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Nothing new comes through the endpoint's address; what is open may finish.</summary>
    public async Task StopRunnerAsync()
    {
        EndpointRunner? runner;
        lock (_lock)
        {
            _isStopping = true;
            runner = _runner;
            _runner = null;
        }

        if (runner is not null)
        {
            await runner.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Lets open connections finish up to a deadline, and closes the paths.</summary>
    public Task StopAsync(TimeSpan deadline) => _stop(deadline).AsTask();

    /// <summary>The endpoint's peers and paths.</summary>
    public ConnetEndpointStatus GetStatus() => _status();
}
