using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Quic;

namespace Connet.Relay.Clients;

/// <summary>A connection that was admitted for one endpoint and role.</summary>
internal sealed class RelayMember(QuicConnection connection, ProtocolGeneration generation, string endpoint, Role role, string certificateKey)
{
    private int _streams;
    private int _isReplaced;
    private long _unanswered = -1;

    public QuicConnection Connection => connection;

    /// <summary>How messages are framed on this connection.</summary>
    public ProtocolGeneration Generation => generation;

    /// <summary>The endpoint's name.</summary>
    public string Endpoint => endpoint;

    public Role Role => role;

    /// <summary>Whose connection it is: a new one of the same certificate takes its place.</summary>
    public string CertificateKey => certificateKey;

    public bool IsReplaced => Volatile.Read(ref _isReplaced) != 0;

    /// <summary>
    /// Whether nothing at all has arrived since a request was sent that got no answer in time. Not dead for certain, so it is kept, but others
    /// are asked first; the first packet from it restores it.
    /// </summary>
    public bool IsSilent => Volatile.Read(ref _unanswered) is var mark and >= 0 && mark == connection.GetStatistics().PacketsReceived;

    /// <summary>A request was sent when <paramref name="packetsReceived"/> packets had arrived, and has no answer yet.</summary>
    public void MarkUnanswered(long packetsReceived) => Volatile.Write(ref _unanswered, packetsReceived);

    /// <summary>A stream uses the connection.</summary>
    public void AddStream() => Interlocked.Increment(ref _streams);

    /// <summary>A stream is done. The last one on a replaced connection closes it.</summary>
    public void RemoveStream()
    {
        if (Interlocked.Decrement(ref _streams) == 0 && IsReplaced)
        {
            Close();
        }
    }

    /// <summary>Takes the connection out of use: it is closed as soon as its streams have ended.</summary>
    public void Replace()
    {
        Interlocked.Exchange(ref _isReplaced, 1);
        if (Volatile.Read(ref _streams) == 0)
        {
            Close();
        }
    }

    private void Close()
    {
        // Closing waits for nobody.
        _ = connection.CloseAsync((long)ProtocolErrorCode.Unknown, "replaced by a newer connection", CancellationToken.None).AsTask();
    }
}
