using Connet.Client.Endpoints;

namespace Connet.Client.Control;

/// <summary>A source or destination of a client, with what runs for it.</summary>
internal sealed class EndpointHandle
{
    private readonly Lock _lock = new();
    private readonly Action<ClientRuntime> _start;
    private readonly Func<TimeSpan, ValueTask> _stop;
    private readonly Func<ConnetEndpointStatus> _status;
    private readonly Func<CancellationToken, ValueTask<EndpointRunner>>? _runSource;
    private readonly Func<EndpointRunner>? _runDestination;
    private EndpointRunner? _runner;
    private Task _late = Task.CompletedTask;
    private bool _isStopping;

    private EndpointHandle(
        object endpoint,
        IControlledEndpoint controlled,
        Action<ClientRuntime> start,
        Func<TimeSpan, ValueTask> stop,
        Func<ConnetEndpointStatus> status,
        Func<CancellationToken, ValueTask<EndpointRunner>>? runSource,
        Func<EndpointRunner>? runDestination)
    {
        Endpoint = endpoint;
        Controlled = controlled;
        _start = start;
        _stop = stop;
        _status = status;
        _runSource = runSource;
        _runDestination = runDestination;
    }

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
        source.Options.Address is null ? null : token => EndpointRunner.StartSourceAsync(source, options, token),
        runDestination: null);

    /// <summary>The handle of a destination.</summary>
    public static EndpointHandle Of(ConnetDestination destination, ConnetClientOptions options) => new(
        destination,
        destination.Controlled,
        runtime => destination.Start(runtime.Network),
        destination.StopAsync,
        destination.GetStatus,
        runSource: null,
        destination.Options.Address is null ? null : () => EndpointRunner.StartDestination(destination, options));

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
        if (_runSource is null)
        {
            RunDestination();
            return;
        }

        EndpointRunner runner = await _runSource(cancellationToken).ConfigureAwait(false);
        if (!TryKeep(runner))
        {
            await runner.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Starts what a destination's address asks for; it takes no address of its own, so there is nothing to wait for.</summary>
    /// <exception cref="ConnetEndpointException">The address cannot be used.</exception>
    public void RunDestination()
    {
        if (_runDestination?.Invoke() is { } runner && !TryKeep(runner))
        {
            _late = runner.DisposeAsync().AsTask();
        }
    }

    /// <summary>Reads the files of what runs.</summary>
    /// <returns>Lets the next connections meet what was read.</returns>
    /// <exception cref="ConnetEndpointException">One cannot be used. Nothing has changed.</exception>
    public Action? PrepareFiles()
    {
        EndpointRunner? runner;
        lock (_lock)
        {
            runner = _runner;
        }

        return runner?.PrepareFiles();
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
    public async Task StopAsync(TimeSpan deadline)
    {
        await _stop(deadline).ConfigureAwait(false);
        await _late.ConfigureAwait(false);
    }

    /// <summary>The endpoint's peers and paths.</summary>
    public ConnetEndpointStatus GetStatus() => _status();

    private bool TryKeep(EndpointRunner runner)
    {
        lock (_lock)
        {
            if (!_isStopping)
            {
                _runner = runner;
            }

            return !_isStopping;
        }
    }
}
