using System.Runtime.InteropServices;

namespace Connet.Quic.Core.Wire;

/// <summary>A stateless reset token (RFC 9000, section 10.3), held inline. "No token" is a nullable, never the all-zero value.</summary>
internal readonly struct StatelessResetToken : IEquatable<StatelessResetToken>
{
    /// <summary>The length in bytes.</summary>
    public const int Length = 16;

    private readonly ulong _first;
    private readonly ulong _second;

    /// <exception cref="ArgumentOutOfRangeException">Not 16 bytes.</exception>
    public StatelessResetToken(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Length, nameof(bytes));
        _first = MemoryMarshal.Read<ulong>(bytes);
        _second = MemoryMarshal.Read<ulong>(bytes[8..]);
    }

    /// <summary>Whether all bytes are zero: what an uninitialised slot holds. It must never count as a match.</summary>
    public bool IsZero => (_first | _second) == 0;

    /// <summary>Copies the 16 bytes.</summary>
    public void CopyTo(Span<byte> destination)
    {
        MemoryMarshal.Write(destination, _first);
        MemoryMarshal.Write(destination[8..], _second);
    }

    /// <summary>Compares without a branch that depends on where the two differ (RFC 9000, section 10.3.1).</summary>
    public bool FixedTimeEquals(in StatelessResetToken other) => ((_first ^ other._first) | (_second ^ other._second)) == 0;

    public bool Equals(StatelessResetToken other) => FixedTimeEquals(other);

    public override bool Equals(object? obj) => obj is StatelessResetToken other && FixedTimeEquals(other);

    public override int GetHashCode() => HashCode.Combine(_first, _second);

    public static bool operator ==(StatelessResetToken left, StatelessResetToken right) => left.FixedTimeEquals(right);

    public static bool operator !=(StatelessResetToken left, StatelessResetToken right) => !left.FixedTimeEquals(right);

    /// <summary>Says nothing: whoever knows a token can end the connection.</summary>
    public override string ToString() => "(token)";
}
