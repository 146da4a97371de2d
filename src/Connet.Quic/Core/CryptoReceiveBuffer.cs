using Connet.Quic.Core.Wire;

namespace Connet.Quic.Core;

/// <summary>
/// Puts the CRYPTO frames of one encryption level in order (RFC 9000, section 19.6). Memory grows with what was
/// received, never by the offset a frame names, and never past the limit.
/// </summary>
internal sealed class CryptoReceiveBuffer(int limit)
{
    private readonly SortedList<long, byte[]> _pieces = [];
    private long _readOffset;
    private int _buffered;

    /// <summary>Whether <see cref="Read"/> has something to return.</summary>
    public bool HasData => _pieces.Count > 0 && _pieces.GetKeyAtIndex(0) <= _readOffset;

    /// <summary>Whether bytes wait for a gap before them to be filled.</summary>
    public bool IsEmpty => _pieces.Count == 0;

    public TransportErrorCode Add(long offset, ReadOnlySpan<byte> data)
    {
        long end = offset + data.Length;
        if (end - _readOffset > limit)
        {
            return TransportErrorCode.CryptoBufferExceeded;
        }

        // First copy wins: only the bytes that are not there yet are taken (RFC 9000, section 2.2).
        long at = Math.Max(offset, _readOffset);
        while (at < end)
        {
            int next = FindPieceAfter(at, out long coveredUntil);
            if (coveredUntil > at)
            {
                at = coveredUntil;
                continue;
            }

            long until = next < _pieces.Count ? Math.Min(end, _pieces.GetKeyAtIndex(next)) : end;
            byte[] piece = data.Slice((int)(at - offset), (int)(until - at)).ToArray();

            // A piece costs its array and its place in the list, so one-byte pieces must not be free.
            if (_buffered + piece.Length + ((_pieces.Count + 1) * 32) > 2 * limit)
            {
                return TransportErrorCode.CryptoBufferExceeded;
            }

            _pieces.Add(at, piece);
            _buffered += piece.Length;
            at = until;
        }

        return TransportErrorCode.NoError;
    }

    /// <summary>Takes everything that is in order.</summary>
    public byte[] Read()
    {
        int count = 0;
        long end = _readOffset;
        while (count < _pieces.Count && _pieces.GetKeyAtIndex(count) == end)
        {
            end += _pieces.GetValueAtIndex(count++).Length;
        }

        byte[] result = new byte[end - _readOffset];
        int at = 0;
        for (int i = 0; i < count; i++)
        {
            byte[] piece = _pieces.GetValueAtIndex(0);
            piece.CopyTo(result, at);
            at += piece.Length;
            _pieces.RemoveAt(0);
        }

        _buffered -= result.Length;
        _readOffset = end;
        return result;
    }

    /// <summary>The index of the first piece that starts after <paramref name="at"/>, and how far the piece before it covers.</summary>
    private int FindPieceAfter(long at, out long coveredUntil)
    {
        int low = 0;
        int high = _pieces.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_pieces.GetKeyAtIndex(middle) <= at)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        coveredUntil = low > 0 ? _pieces.GetKeyAtIndex(low - 1) + _pieces.GetValueAtIndex(low - 1).Length : -1;
        return low;
    }
}
