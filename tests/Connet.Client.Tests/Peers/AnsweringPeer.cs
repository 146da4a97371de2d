using Connet.Client.Peers;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Quic;
using PeerRequest = Connet.Protocol.Peers.Request;
using PeerResponse = Connet.Protocol.Peers.Response;

namespace Connet.Client.Tests.Peers;

/// <summary>A destination played by hand that answers each request to connect in the same way, and counts them.</summary>
internal sealed class AnsweringPeer : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly List<Task> _serving = [];
    private volatile bool _isDead;
    private HandConnection? _connection;
    private int _count;

    public AnsweringPeer(string id) =>
        Peer = new HandClient(ProtocolGeneration.Second, id, options => options.OutgoingFilter = _ => _isDead ? QuicDatagramFate.Drop : QuicDatagramFate.Send);

    public HandClient Peer { get; }

    /// <summary>How many requests there were.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>What it answers; null for nothing: it lives, and is slow.</summary>
    public Func<PeerResponse?> Answer { get; set; } = Accept;

    public static PeerResponse Accept() => new() { Connect = new PeerResponse.Types.Connect() };

    public static PeerResponse Refuse(string message) => new() { Error = ProtocolErrors.ToError(ProtocolErrorCode.DestinationDialFailed, message) };

    /// <summary>Takes the source's connection and serves it from now on.</summary>
    public async Task StartAsync() => Serve(await Peer.AcceptCheckedAsync());

    /// <summary>Serves a connection whose streams a source opens, be it to a relay.</summary>
    public void Serve(HandConnection connection)
    {
        _connection = connection;
        _serving.Add(Task.Run(() => ServeAsync(connection)));
    }

    /// <summary>Waits until it has a number of requests, and until the source has had a sign of life since.</summary>
    public async Task AskedAsync(ConnetSource source, int count)
    {
        using CancellationTokenSource patience = new(ClientUnderTest.Patience);
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(5));
        PeerPath path = ((PeerEndpoint)source.Controlled).Peers.FindById(Peer.Id)!.Paths.Single();
        long? before = null;
        while (before is null || path.Connection.GetStatistics().PacketsReceived == before)
        {
            if (before is null && Count >= count)
            {
                before = path.Connection.GetStatistics().PacketsReceived;
                _connection!.Connection.Ping();
            }

            await timer.WaitForNextTickAsync(patience.Token);
        }
    }

    /// <summary>
    /// Ends it as when its process is killed. What had left it by then has arrived when the call returns, for the source's client reads one socket and has
    /// answered somebody else since. To a dial that has begun, such a packet would be a sign of life.
    /// </summary>
    public async Task DieAsync(AnsweringPeer witness)
    {
        _isDead = true;
        await Peer.DisposeAsync();
        await witness._connection!.ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await Peer.DisposeAsync();
        await Task.WhenAll(_serving).WaitAsync(ClientUnderTest.Patience);
        _ending.Dispose();
    }

    private async Task ServeAsync(HandConnection connection)
    {
        while (true)
        {
            try
            {
                HandStream stream = new(await connection.Connection.AcceptInboundStreamAsync(_ending.Token), connection.Generation);
                await stream.ReceiveAsync(PeerRequest.Parser);
                PeerResponse? answer;
                lock (_lock)
                {
                    _count++;
                    answer = Answer();
                }

                if (answer is not null)
                {
                    await stream.SendAsync(answer);
                }
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException)
            {
                if (_ending.IsCancellationRequested || connection.Connection.IsClosed)
                {
                    return;
                }
            }
        }
    }
}
