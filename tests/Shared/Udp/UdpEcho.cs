using System.Net;

namespace Connet.Tests.Shared;

/// <summary>A service that sends every datagram back, and knows whom it has heard. Compiled into the test projects that ask for it.</summary>
internal sealed class UdpEcho : IAsyncDisposable
{
    private readonly UdpProgram _socket;
    private readonly CancellationTokenSource _stopping = new();
    private readonly HashSet<EndPoint> _heard = [];
    private readonly Task _echoing;

    private UdpEcho(int port, Task reads)
    {
        _socket = new UdpProgram(port);
        _echoing = EchoAsync(reads);
    }

    public IPEndPoint EndPoint => _socket.EndPoint;

    /// <summary>How many flows it has heard of.</summary>
    public int Heard
    {
        get
        {
            lock (_heard)
            {
                return _heard.Count;
            }
        }
    }

    /// <summary>Starts a service.</summary>
    /// <param name="port">Where to be; 0 for a free port.</param>
    /// <param name="reads">When it begins to read; null for at once.</param>
    public static UdpEcho Start(int port = 0, Task? reads = null) => new(port, reads ?? Task.CompletedTask);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _echoing;
        _socket.Dispose();
        _stopping.Dispose();
    }

    private async Task EchoAsync(Task reads)
    {
        await reads.WaitAsync(_stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                (byte[] datagram, EndPoint from) = await _socket.ReceiveAsync(_stopping.Token);
                lock (_heard)
                {
                    _heard.Add(from);
                }

                _socket.Send(from, datagram);
            }
            catch (OperationCanceledException)
            {
                // Stopped, or nobody has said anything for a while.
            }
        }
    }
}
