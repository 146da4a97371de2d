using Connet.Quic.Core.Wire;
using Connet.Quic.Tests.Wire.Frames;

namespace Connet.Quic.Tests.Wire;

/// <summary>Whatever bytes arrive: every parser answers, none throws, none fails to advance.</summary>
public sealed class ParserRobustnessTests
{
    private const int Seed = 9000;
    private const int Buffers = 20_000;

    [Test]
    public void Random_bytes_pass_through_every_parser()
    {
        Random random = new(Seed);
        byte[] buffer = new byte[1500];
        for (int round = 0; round < Buffers; round++)
        {
            // Mostly short, so that fields end at the end of the buffer.
            byte[] bytes = buffer[..random.Next(round % 8 == 0 ? buffer.Length : 64)];
            random.NextBytes(bytes);
            FeedAll(bytes, $"seed {Seed}, round {round}");
        }
    }

    [Test]
    public void Every_bit_flip_in_the_packets_of_rfc_9001_passes_through_every_parser()
    {
        foreach ((string vector, string property) in ((string, string)[])[("client_initial", "protected_packet"), ("server_initial", "protected_packet"),
            ("server_initial", "payload"), ("retry", "packet"), ("chacha20_short_header", "protected_packet")])
        {
            byte[] bytes = WireVectors.Bytes(WireVectors.Root.GetProperty(vector), property);
            for (int bit = 0; bit < bytes.Length * 8; bit++)
            {
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                FeedAll(bytes, $"{vector}, bit {bit}");
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }
    }

    private static void FeedAll(byte[] bytes, string what)
    {
        try
        {
            Headers(bytes, 0);
            Headers(bytes, 8);
            Headers(bytes, 20);
            Frames(bytes);
            for (FrameType type = FrameType.Padding; type <= FrameType.DatagramWithLength; type++)
            {
                ReadOnlySpan<byte> body = bytes;
                FrameCheck.TryReadAny(type, ref body);
            }

            TransportParameters.TryParse(bytes, fromServer: true, out _);
            TransportParameters.TryParse(bytes, fromServer: false, out _);
        }
        catch (Exception failure)
        {
            Assert.Fail($"{what}, {Convert.ToHexStringLower(bytes)}: {failure}");
        }
    }

    private static void Headers(ReadOnlySpan<byte> datagram, int idLength)
    {
        while (PacketHeader.TryParse(datagram, idLength, out PacketHeader header))
        {
            Assert.That(header.Length, Is.InRange(1, datagram.Length));
            Assert.That(header.PacketNumberOffset, Is.InRange(0, header.Length));
            datagram = datagram[header.Length..];
        }
    }

    private static void Frames(ReadOnlySpan<byte> payload)
    {
        while (!payload.IsEmpty)
        {
            int before = payload.Length;
            if (FrameTypes.TryRead(ref payload, out FrameType type) != TransportErrorCode.NoError || !FrameCheck.TryReadAny(type, ref payload))
            {
                return;
            }

            Assert.That(payload.Length, Is.LessThan(before));
        }
    }
}
