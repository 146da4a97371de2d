namespace Connet.Quic.Core.Primitives;

/// <summary>A stream identifier (RFC 9000, section 2.1): the two low bits say who opened it and in which directions it flows.</summary>
internal readonly record struct StreamId(long Value) : IComparable<StreamId>
{
    /// <summary>Makes the identifier of the <paramref name="index"/>th stream (from 0) of its kind.</summary>
    public static StreamId Create(bool serverInitiated, bool unidirectional, long index) =>
        new((index << 2) | (unidirectional ? 2L : 0L) | (serverInitiated ? 1L : 0L));

    public bool IsServerInitiated => (Value & 1) != 0;

    public bool IsUnidirectional => (Value & 2) != 0;

    /// <summary>How many streams of the same kind were opened before this one.</summary>
    public long Index => Value >> 2;

    public int CompareTo(StreamId other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
