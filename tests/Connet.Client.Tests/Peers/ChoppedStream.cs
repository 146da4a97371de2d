namespace Connet.Client.Tests.Peers;

/// <summary>Bytes that arrive in pieces of random lengths, some of one byte.</summary>
internal sealed class ChoppedStream(byte[] bytes, Random random) : MemoryStream(bytes)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int most = random.Next(4) == 0 ? 1 : random.Next(1, 20_000);
        return base.ReadAsync(buffer[..Math.Min(most, buffer.Length)], cancellationToken);
    }
}
