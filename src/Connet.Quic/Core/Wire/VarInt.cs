using System.Buffers.Binary;

namespace Connet.Quic.Core.Wire;

/// <summary>
/// The variable-length integers of RFC 9000, section 16: 6, 14, 30 or 62 bits, the two high bits of the first byte saying
/// which.
/// </summary>
internal static class VarInt
{
    /// <summary>The largest value that fits, 2^62 - 1.</summary>
    public const long MaxValue = (1L << 62) - 1;

    /// <summary>The longest form in bytes.</summary>
    public const int MaxLength = 8;

    /// <summary>Reads one integer, in any of its forms, and advances past it. On <c>false</c> the source is unchanged.</summary>
    public static bool TryRead(ref ReadOnlySpan<byte> source, out long value)
    {
        value = 0;
        if (source.IsEmpty)
        {
            return false;
        }

        byte first = source[0];
        int length = 1 << (first >> 6);
        if (source.Length < length)
        {
            return false;
        }

        value = length switch
        {
            1 => first,
            2 => BinaryPrimitives.ReadUInt16BigEndian(source) & 0x3fff,
            4 => BinaryPrimitives.ReadUInt32BigEndian(source) & 0x3fff_ffff,
            _ => BinaryPrimitives.ReadInt64BigEndian(source) & MaxValue,
        };
        source = source[length..];
        return true;
    }

    /// <summary>How many bytes the shortest form of <paramref name="value"/> takes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or above <see cref="MaxValue"/>.</exception>
    public static int Length(long value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)value, (ulong)MaxValue, nameof(value));
        return value < 1L << 6 ? 1 : value < 1L << 14 ? 2 : value < 1L << 30 ? 4 : 8;
    }

    /// <summary>Writes the shortest form of <paramref name="value"/> and advances past it.</summary>
    public static void Write(ref Span<byte> destination, long value)
    {
        int length = Length(value);
        switch (length)
        {
            case 1:
                destination[0] = (byte)value;
                break;
            case 2:
                BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)(value | 0x4000));
                break;
            case 4:
                BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)value | 0x8000_0000);
                break;
            default:
                BinaryPrimitives.WriteUInt64BigEndian(destination, (ulong)value | 0xc000_0000_0000_0000);
                break;
        }

        destination = destination[length..];
    }

    /// <summary>Writes the two-byte form whatever the value, for a length field that is filled in after what it measures.</summary>
    public static void WriteTwoBytes(Span<byte> destination, int value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)value, 0x3fffu, nameof(value));
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)(value | 0x4000));
    }
}
