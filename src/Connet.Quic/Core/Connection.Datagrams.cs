using Connet.Quic.Core.Crypto;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Quic.Core;

/// <content>Datagrams that are sent once, whether they arrive or not (RFC 9221).</content>
internal sealed partial class Connection
{
    /// <summary>What an ACK frame seldom exceeds: with less room than that besides a datagram, an ACK that is not due yet waits.</summary>
    private const int UsualAckSize = 32;

    private DatagramQueue _datagramsOut;
    private DatagramQueue _datagramsIn;
    private bool _datagramsArrived;

    /// <summary>Whether datagrams come before stream data in the next packet that has room for one of both only.</summary>
    private bool _datagramsGoFirst = true;

    /// <summary>The largest datagram that the peer takes and that fits a packet of its own on the present path; 0 if the peer takes none.</summary>
    public int MaxDatagramPayload => Math.Max(0, LargestDatagram);

    private int PeerMaxDatagram => State == ConnectionState.Established ? DatagramFrame.LargestData(_peerParameters?.MaxDatagramFrameSize ?? 0) : -1;

    private int LargestDatagram => Math.Min(PeerMaxDatagram, DatagramFrame.LargestData(_path.Mtu.Current - ShortPacketOverhead));

    // With the longest packet number, so that the answer does not change with what is in flight.
    private int ShortPacketOverhead => 1 + _peerIds.Current.Length + PacketNumber.MaxLength + Aead.TagLength;

    /// <summary>Queues a datagram. Pump afterwards.</summary>
    public DatagramSendResult SendDatagram(ReadOnlySpan<byte> payload)
    {
        if (State != ConnectionState.Established)
        {
            return DatagramSendResult.NotConnected;
        }

        if (PeerMaxDatagram < 0)
        {
            return DatagramSendResult.NotSupported;
        }

        return payload.Length > LargestDatagram ? DatagramSendResult.TooLarge
            : _datagramsOut.TryAdd(payload) ? DatagramSendResult.Queued : DatagramSendResult.QueueFull;
    }

    /// <summary>Takes the next datagram that arrived. What had arrived before the peer closed can be read afterwards.</summary>
    public DatagramReadResult ReadDatagram(Span<byte> destination, out int length)
    {
        length = 0;
        if (_datagramsIn.Count == 0)
        {
            return State is not (ConnectionState.Handshake or ConnectionState.Established) ? DatagramReadResult.Closed
                : _config.MaxDatagramFrameSize == 0 ? DatagramReadResult.NotOffered : DatagramReadResult.Blocked;
        }

        length = _datagramsIn.NextLength;
        if (length > destination.Length)
        {
            return DatagramReadResult.BufferTooSmall;
        }

        _datagramsIn.Take(destination);
        return DatagramReadResult.Ok;
    }

    private DatagramQueue NewDatagramQueue() => new(_pages, _config.MaxQueuedDatagramBytes);

    private TransportErrorCode HandleDatagramFrame(FrameType type, ref ReadOnlySpan<byte> payload)
    {
        int before = payload.Length;
        if (!DatagramFrame.TryParse(type, ref payload, out DatagramFrame frame))
        {
            return TransportErrorCode.FrameEncodingError;
        }

        // RFC 9221, section 3: the limit is for the whole frame as it came, and without one there may be none.
        if (1 + before - payload.Length > _config.MaxDatagramFrameSize)
        {
            return TransportErrorCode.ProtocolViolation;
        }

        _statistics.DatagramFramesReceived++;
        if (_datagramsIn.TryAdd(frame.Data))
        {
            _datagramsArrived = true;
        }
        else
        {
            _statistics.DatagramFramesDropped++;
        }

        return TransportErrorCode.NoError;
    }

    /// <summary>
    /// Writes datagrams and stream data. Where there is more of both than fits they take turns, a packet each; what the one
    /// leaves of its packet is the other's.
    /// </summary>
    /// <param name="cursor">The rest of the packet.</param>
    /// <param name="room">What the packet had room for when it was begun.</param>
    private void WriteData(ref Span<byte> cursor, int room)
    {
        DropUnsendableDatagrams();
        if (_datagramsOut.Count == 0)
        {
            _streams.WriteStreamFrames(ref cursor, _sent);
            return;
        }

        bool both = _streams.HasPending;
        if (both && !_datagramsGoFirst)
        {
            _streams.WriteStreamFrames(ref cursor, _sent);
            WriteDatagrams(ref cursor);
            _datagramsGoFirst = true;
            return;
        }

        int next = DatagramFrame.Size(_datagramsOut.NextLength);
        if (next > cursor.Length && next <= room)
        {
            // A datagram cannot be split: it waits for the next packet, which has nothing before it. So does stream data, or
            // a peer that has something acknowledged with every packet would let it overtake for ever.
            return;
        }

        _datagramsGoFirst = !WriteDatagrams(ref cursor) || !both;
        _streams.WriteStreamFrames(ref cursor, _sent);
    }

    private bool WriteDatagrams(ref Span<byte> cursor)
    {
        int written = 0;
        while (_datagramsOut.Count > 0)
        {
            int length = _datagramsOut.NextLength;
            if (DatagramFrame.Size(length) > cursor.Length)
            {
                break;
            }

            DatagramFrame.WriteHeader(ref cursor, length);
            _datagramsOut.Take(cursor);
            cursor = cursor[length..];
            written++;
            DropUnsendableDatagrams();
        }

        if (written > 0)
        {
            _statistics.DatagramFramesSent += written;
            _sent.Add(new SentFrame(SentFrameKind.Datagram, Length: written));
        }

        return written > 0;
    }

    /// <summary>Whether this packet is for a datagram that leaves little room besides it, so that an acknowledgement which can wait should.</summary>
    private bool IsDatagramTight(int room) =>
        _datagramsOut.Count > 0 && (_datagramsGoFirst || !_streams.HasPending) && DatagramFrame.Size(_datagramsOut.NextLength) > room - UsualAckSize;

    /// <summary>What was queued while the path carried more can never be sent, and must not hold up what can.</summary>
    private void DropUnsendableDatagrams()
    {
        while (_datagramsOut.Count > 0 && _datagramsOut.NextLength > LargestDatagram)
        {
            _datagramsOut.Drop();
            _statistics.DatagramFramesLost++;
        }
    }
}
