using System.Runtime.InteropServices;

namespace Connet.Quic.Core.Primitives;

/// <summary>
/// A connection ID of 0 to 20 bytes (RFC 9000, section 17.2), held inline so that copying one never allocates.
/// The hash is keyed per process: identifiers that a peer chose must not be able to collide in a table on purpose.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct ConnectionId : IEquatable<ConnectionId>
{
    /// <summary>The longest connection ID of QUIC version 1.</summary>
    public const int MaxLength = 20;

    private readonly ulong _first;
    private readonly ulong _second;
    private readonly uint _third;
    private readonly byte _length;

    /// <exception cref="ArgumentOutOfRangeException">More than 20 bytes.</exception>
    public ConnectionId(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, MaxLength, nameof(bytes));
        Span<byte> all = stackalloc byte[24];
        all.Clear();
        bytes.CopyTo(all);
        _first = MemoryMarshal.Read<ulong>(all);
        _second = MemoryMarshal.Read<ulong>(all[8..]);
        _third = MemoryMarshal.Read<uint>(all[16..]);
        _length = (byte)bytes.Length;
    }

    /// <summary>The number of bytes, 0 to 20.</summary>
    public int Length => _length;

    /// <summary>Copies the bytes to <paramref name="destination"/> and returns how many there are.</summary>
    public int CopyTo(Span<byte> destination)
    {
        Span<byte> all = stackalloc byte[24];
        MemoryMarshal.Write(all, _first);
        MemoryMarshal.Write(all[8..], _second);
        MemoryMarshal.Write(all[16..], _third);
        all[.._length].CopyTo(destination);
        return _length;
    }

    /// <summary>The bytes as a new array.</summary>
    public byte[] ToArray()
    {
        byte[] bytes = new byte[_length];
        CopyTo(bytes);
        return bytes;
    }

    public bool Equals(ConnectionId other) =>
        _first == other._first && _second == other._second && _third == other._third && _length == other._length;

    public override bool Equals(object? obj) => obj is ConnectionId other && Equals(other);

    // HashCode is seeded at random once per process.
    public override int GetHashCode() => HashCode.Combine(_first, _second, _third, _length);

    public static bool operator ==(ConnectionId left, ConnectionId right) => left.Equals(right);

    public static bool operator !=(ConnectionId left, ConnectionId right) => !left.Equals(right);

    public override string ToString() => Convert.ToHexStringLower(ToArray());
}
