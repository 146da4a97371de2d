using Connet.Quic.Core.Wire;

namespace Connet.Quic.Tests.Hostile;

/// <summary>Frames by their bytes, right or wrong: nothing here checks a value.</summary>
internal static class FrameBytes
{
    public static byte[] Ping { get; } = [0x01];

    public static byte[] HandshakeDone { get; } = [0x1e];

    /// <summary>Variable-length integers one after the other; a frame's type is one of them.</summary>
    public static byte[] Of(params long[] values)
    {
        byte[] bytes = new byte[8 * values.Length];
        Span<byte> rest = bytes;
        foreach (long value in values)
        {
            VarInt.Write(ref rest, value);
        }

        return bytes[..^rest.Length];
    }

    public static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(static part => part)];

    public static byte[] Repeat(int count, Func<int, byte[]> part) => [.. Enumerable.Range(0, count).SelectMany(part)];

    public static byte[] CryptoData(long offset, ReadOnlySpan<byte> data) => [.. Of(0x06, offset, data.Length), .. data];

    public static byte[] Stream(long id, long offset, byte[] data, bool fin = false) => Join(Of(fin ? 0x0f : 0x0e, id, offset, data.Length), data);

    /// <summary>An ACK of one range, the largest number first.</summary>
    public static byte[] Ack(long largest, long firstRange = 0) => Of(0x02, largest, 0, 0, firstRange);

    public static byte[] PathChallenge(long data) => Join(Of(0x1a), BitConverter.GetBytes(data));

    public static byte[] NewConnectionId(long sequence, long retirePriorTo, byte[] id, byte[]? token = null) =>
        Join(Of(0x18, sequence, retirePriorTo), [(byte)id.Length], id, token ?? Token(sequence));

    /// <summary>A token of its own for each number.</summary>
    public static byte[] Token(long sequence) => Join(new byte[8], BitConverter.GetBytes(sequence + 1));

    public static byte[] ConnectionClose(long code, int reasonLength = 0) => Join(Of(0x1c, code, 0, reasonLength), new byte[reasonLength]);
}
