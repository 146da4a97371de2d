using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Connet.Quic.Core.Wire;

/// <summary>A stateless reset token (RFC 9000, section 10.3), held inline.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct StatelessResetToken : IEquatable<StatelessResetToken>
{
    /// <summary>The number of bytes of every token.</summary>
    public const int Length = 16;

    private readonly ulong _first;
    private readonly ulong _second;

    /// <exception cref="ArgumentException">Not exactly 16 bytes.</exception>
    public StatelessResetToken(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length)
        {
            throw new ArgumentException("A stateless reset token has 16 bytes.", nameof(bytes));
        }

        _first = MemoryMarshal.Read<ulong>(bytes);
        _second = MemoryMarshal.Read<ulong>(bytes[8..]);
    }

    /// <summary>Whether every byte is zero, as in a slot that was never filled.</summary>
    public bool IsZero => (_first | _second) == 0;

    /// <summary>Copies the 16 bytes to <paramref name="destination"/>.</summary>
    public void CopyTo(Span<byte> destination)
    {
        MemoryMarshal.Write(destination, _first);
        MemoryMarshal.Write(destination[8..], _second);
    }

    /// <summary>Compares in constant time, as RFC 9000, section 10.3.1 asks for.</summary>
    public bool FixedTimeEquals(in StatelessResetToken other)
    {
        Span<byte> left = stackalloc byte[Length];
        Span<byte> right = stackalloc byte[Length];
        CopyTo(left);
        other.CopyTo(right);
        return CryptographicOperations.FixedTimeEquals(left, right);
    }

    public bool Equals(StatelessResetToken other) => FixedTimeEquals(other);

    public override bool Equals(object? obj) => obj is StatelessResetToken other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(_first, _second);
}
