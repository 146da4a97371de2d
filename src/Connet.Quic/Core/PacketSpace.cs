using Connet.Quic.Core.Crypto;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Recovery;
using Connet.Quic.Core.Streams;

namespace Connet.Quic.Core;

/// <summary>What belongs to one packet number space (RFC 9000, section 12.3): keys, handshake bytes in and out, what to acknowledge.</summary>
internal sealed class PacketSpace(EncryptionLevel level, ConnectionConfig config, PagePool pages)
{
    private const long NoneReserved = -1;

    private long _reservedPacketNumber = NoneReserved;

    public EncryptionLevel Level { get; } = level;

    /// <summary>The keys of the Initial and Handshake levels; the 1-RTT keys are the connection's, since they change.</summary>
    public LevelKeys? Keys { get; set; }

    /// <summary>Keys were discarded, and will not come back (RFC 9001, section 4.9).</summary>
    public bool IsDiscarded { get; private set; }

    public AckTracker Acks { get; } = new(level, config.MaxAckDelay) { AckEveryPackets = config.AckEveryPackets };

    public SendingPart CryptoOut { get; } = new(pages, long.MaxValue);

    public CryptoReceiveBuffer CryptoIn { get; } = new(config.MaxCryptoBuffer);

    /// <summary>A PING is owed: a probe with nothing else to send, or a keep-alive.</summary>
    public bool PingPending { get; set; }

    /// <summary>
    /// The number of the packet under construction. It is only used up by <see cref="CommitPacketNumber"/>, so that a
    /// packet for which nothing was left to write leaves no hole.
    /// </summary>
    public long ReservePacketNumber(LossDetection loss, IRandomSource random)
    {
        if (_reservedPacketNumber == NoneReserved)
        {
            _reservedPacketNumber = loss.NextPacketNumber(Level, random);
        }

        return _reservedPacketNumber;
    }

    public void CommitPacketNumber() => _reservedPacketNumber = NoneReserved;

    public void Discard()
    {
        IsDiscarded = true;
        Keys?.Dispose();
        Keys = null;
        PingPending = false;
        CryptoOut.ReleaseBuffers();
    }
}
