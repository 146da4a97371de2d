using System.Security.Cryptography;

namespace Connet.EndToEnd.Tests.Services;

/// <summary>How many bytes a stream had until its end, and their SHA-256.</summary>
internal sealed record StreamDigest(long Length, string Sha256)
{
    private const int BufferSize = 256 * 1024;

    /// <summary>The digest of the first bytes of <see cref="BytePattern"/>.</summary>
    public static StreamDigest OfPattern(long length) => new(length, BytePattern.Sha256(length));

    public static async Task<StreamDigest> ReadAsync(Stream stream, CancellationToken cancellationToken, Action<long>? progress = null)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[BufferSize];
        long length = 0;
        for (int count; (count = await stream.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            hash.AppendData(buffer, 0, count);
            length += count;
            progress?.Invoke(length);
        }

        return new StreamDigest(length, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}
