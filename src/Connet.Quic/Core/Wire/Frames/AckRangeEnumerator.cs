namespace Connet.Quic.Core.Wire.Frames;

/// <summary>Walks the ranges of an <see cref="AckFrame"/>, largest first. The frame checked them all, so nothing here can fail.</summary>
internal ref struct AckRangeEnumerator
{
    private ReadOnlySpan<byte> _encoded;
    private long _firstLength;

    internal AckRangeEnumerator(long largest, long firstLength, ReadOnlySpan<byte> encoded)
    {
        _encoded = encoded;
        _firstLength = firstLength;
        Current = new(largest, largest);
    }

    public PacketNumberRange Current { get; private set; }

    public bool MoveNext()
    {
        if (_firstLength >= 0)
        {
            Current = new(Current.Largest - _firstLength, Current.Largest);
            _firstLength = -1;
            return true;
        }

        if (!VarInt.TryRead(ref _encoded, out long gap) || !VarInt.TryRead(ref _encoded, out long length))
        {
            return false;
        }

        long largest = Current.Smallest - gap - 2;
        Current = new(largest - length, largest);
        return true;
    }
}
