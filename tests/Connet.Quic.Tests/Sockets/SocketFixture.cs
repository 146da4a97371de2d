using System.Collections.Concurrent;
using System.Net;

namespace Connet.Quic.Tests.Sockets;

/// <summary>Endpoints on loopback sockets, closed after each test; a task whose exception nobody saw fails the test that made it.</summary>
internal abstract class SocketFixture
{
    /// <summary>Bounds every test: nothing here takes a tenth of it, unless something hangs.</summary>
    protected const int Limit = 30_000;

    protected const string Protocol = "test";

    private readonly ConcurrentQueue<Exception> _unobserved = new();
    private readonly ConcurrentQueue<IAsyncDisposable> _opened = new();

    [SetUp]
    public void Watch_unobserved_exceptions()
    {
        _unobserved.Clear();
        TaskScheduler.UnobservedTaskException += OnUnobserved;
    }

    [TearDown]
    public async Task Close_everything()
    {
        while (_opened.TryDequeue(out IAsyncDisposable? opened))
        {
            await opened.DisposeAsync();
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        TaskScheduler.UnobservedTaskException -= OnUnobserved;
        Assert.That(_unobserved, Is.Empty, "unobserved exceptions");
    }

    protected QuicEndpoint Bind(IPAddress? address = null, Action<QuicEndpointOptions>? configure = null)
    {
        QuicEndpointOptions options = new() { LocalEndPoint = new IPEndPoint(address ?? IPAddress.Loopback, 0) };
        configure?.Invoke(options);
        return Track(QuicEndpoint.Bind(options));
    }

    /// <summary>A server endpoint, a client endpoint and a connection between them.</summary>
    protected async Task<Pair> ConnectAsync(
        CancellationToken token, Action<QuicServerConnectionOptions>? server = null, Action<QuicClientConnectionOptions>? client = null)
    {
        QuicEndpoint serverEndpoint = Bind();
        QuicListener listener = serverEndpoint.Listen(ListenerOptions(server));
        return await ConnectAsync(Bind(), serverEndpoint, listener, token, client);
    }

    protected static async Task<Pair> ConnectAsync(
        QuicEndpoint clientEndpoint, QuicEndpoint serverEndpoint, QuicListener listener, CancellationToken token, Action<QuicClientConnectionOptions>? client = null)
    {
        ValueTask<QuicConnection> accepting = listener.AcceptConnectionAsync(token);
        QuicConnection connected = await clientEndpoint.ConnectAsync(ClientOptions(serverEndpoint, client), token);
        return new Pair(clientEndpoint, serverEndpoint, listener, connected, await accepting);
    }

    protected static QuicListenerOptions ListenerOptions(Action<QuicServerConnectionOptions>? configure = null, params string[] protocols)
    {
        QuicServerConnectionOptions options = new() { ServerCertificate = Certificates.Server };
        configure?.Invoke(options);
        return new QuicListenerOptions { ApplicationProtocols = protocols.Length == 0 ? [Protocol] : protocols, ServerOptions = options };
    }

    protected static QuicClientConnectionOptions ClientOptions(QuicEndpoint server, Action<QuicClientConnectionOptions>? configure = null)
    {
        QuicClientConnectionOptions options = new()
        {
            RemoteEndPoint = server.LocalEndPoint,
            TargetHost = Certificates.Host,
            ApplicationProtocols = [Protocol],
            CertificateValidation = QuicCertificateValidation.CustomRoots(Certificates.Authority),
        };
        configure?.Invoke(options);
        return options;
    }

    protected T Track<T>(T opened)
        where T : IAsyncDisposable
    {
        _opened.Enqueue(opened);
        return opened;
    }

    /// <summary>The QUIC exception of a task that must fail.</summary>
    protected static async Task<QuicException> FailureOf(Task task, CancellationToken token)
    {
        try
        {
            await task.WaitAsync(token);
        }
        catch (QuicException exception)
        {
            return exception;
        }

        throw new AssertionException("A QuicException was expected, but the task succeeded.");
    }

    /// <summary>Checks that a task ends by the cancellation of the caller's token and nothing else.</summary>
    protected static async Task AssertCancelledAsync(Task task, CancellationToken cancelled, CancellationToken token)
    {
        try
        {
            await task.WaitAsync(token);
            throw new AssertionException("The operation was not cancelled.");
        }
        catch (OperationCanceledException exception) when (!token.IsCancellationRequested)
        {
            Assert.That(exception.CancellationToken, Is.EqualTo(cancelled));
        }
    }

    private void OnUnobserved(object? sender, UnobservedTaskExceptionEventArgs args) => _unobserved.Enqueue(args.Exception);
}
