using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;

namespace Connet.EndToEnd.Tests.Services;

/// <summary>
/// The service behind a destination. The first line of a connection says what it does: <c>GET … HTTP/1.1</c> answers as a small web server,
/// <c>send N</c> sends N bytes and ends, <c>hash</c> reads to the end and answers with length and SHA-256, <c>echo</c> returns what comes,
/// <c>farewell</c> ends its own direction first and then reads to the end, <c>reset</c> resets the connection.
/// </summary>
internal sealed class TestService : IAsyncDisposable
{
    public const string Page = "a page from behind the tunnel\n";
    public const string Farewell = "goodbye\n";

    private readonly Socket _listener;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<Task, byte> _connections = [];
    private readonly Channel<StreamDigest> _readAfterFarewell = Channel.CreateUnbounded<StreamDigest>();
    private readonly Task _accepting;

    private TestService(Socket listener)
    {
        _listener = listener;
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Listens on a free port of 127.0.0.1, in the network of the socket.</summary>
    public static TestService Start(Socket? socket = null)
    {
        Socket listener = socket ?? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1024);
        return new TestService(listener);
    }

    /// <summary>What the next <c>farewell</c> connection reads after it has ended its own direction.</summary>
    public Task<StreamDigest> NextAfterFarewellAsync(CancellationToken cancellationToken) => _readAfterFarewell.Reader.ReadAsync(cancellationToken).AsTask();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections.Keys);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            Socket connection;
            try
            {
                connection = await _listener.AcceptAsync(_stopping.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }

            Task serving = ServeAsync(connection);
            _connections.TryAdd(serving, 0);
            _ = serving.ContinueWith(done => _connections.TryRemove(done, out _), TaskScheduler.Default);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        socket.NoDelay = true;
        await using NetworkStream stream = new(socket, ownsSocket: true);
        try
        {
            string[] words = (await TunnelConnection.ReadLineAsync(stream, _stopping.Token)).Split(' ');
            switch (words[0])
            {
                case "GET":
                    await AnswerHttpAsync(stream);
                    break;
                case "send":
                    await BytePattern.WriteAsync(long.Parse(words[1], CultureInfo.InvariantCulture), bytes => stream.WriteAsync(bytes, _stopping.Token));
                    break;
                case "hash":
                    StreamDigest digest = await StreamDigest.ReadAsync(stream, _stopping.Token);
                    await WriteTextAsync(stream, string.Create(CultureInfo.InvariantCulture, $"{digest.Length} {digest.Sha256}\n"));
                    break;
                case "echo":
                    await stream.CopyToAsync(stream, _stopping.Token);
                    break;
                case "farewell":
                    await WriteTextAsync(stream, Farewell);
                    socket.Shutdown(SocketShutdown.Send);
                    await _readAfterFarewell.Writer.WriteAsync(await StreamDigest.ReadAsync(stream, _stopping.Token));
                    break;
                case "reset":
                    // The stream would end the connection first: the socket itself is closed.
                    socket.LingerState = new LingerOption(true, 0);
                    socket.Dispose();
                    break;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The other side went away, or the test has ended.
        }
    }

    private async Task AnswerHttpAsync(NetworkStream stream)
    {
        while (await TunnelConnection.ReadLineAsync(stream, _stopping.Token) is { Length: > 0 })
        {
        }

        await WriteTextAsync(stream, $"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {Page.Length}\r\nConnection: close\r\n\r\n{Page}");
    }

    private ValueTask WriteTextAsync(NetworkStream stream, string text) => stream.WriteAsync(Encoding.ASCII.GetBytes(text), _stopping.Token);
}
