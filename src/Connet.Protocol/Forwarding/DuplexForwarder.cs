using System.Buffers;

namespace Connet.Protocol.Forwarding;

/// <summary>
/// Joins two channels: bytes, ends and resets of each become those of the other, and each direction ends by itself. A write that
/// waits holds back the next read, so that a slow reader stops its sender and memory stays flat.
/// </summary>
internal static class DuplexForwarder
{
    /// <summary>What an idle direction holds; one that is busy takes the larger buffer.</summary>
    private const int SmallBuffer = 4 * 1024;

    private const int LargeBuffer = 64 * 1024;

    /// <summary>Forwards both ways until both directions have ended. Failures of the channels are passed on, not thrown.</summary>
    /// <param name="first">One end.</param>
    /// <param name="second">The other end.</param>
    /// <param name="abortCode">What both ends are told if <paramref name="cancellationToken"/> ends the forwarding.</param>
    /// <param name="cancellationToken">Ends the forwarding: both directions of both ends are aborted.</param>
    /// <returns>How many bytes went from the first to the second, and back.</returns>
    public static async Task<(long Forth, long Back)> RunAsync(
        IDuplexChannel first, IDuplexChannel second, long abortCode, CancellationToken cancellationToken)
    {
        Task<long> forth = CopyAsync(first, second, abortCode, cancellationToken);
        Task<long> back = CopyAsync(second, first, abortCode, cancellationToken);
        return (await forth.ConfigureAwait(false), await back.ConfigureAwait(false));
    }

    private static async Task<long> CopyAsync(IDuplexChannel from, IDuplexChannel to, long abortCode, CancellationToken cancellationToken)
    {
        long total = 0;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(SmallBuffer);
        try
        {
            while (true)
            {
                int read;
                try
                {
                    read = await from.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                    if (read == 0)
                    {
                        await to.CompleteWritesAsync(cancellationToken).ConfigureAwait(false);
                        return total;
                    }
                }
                catch (Exception failure) when (IsExpected(failure))
                {
                    bool ours = cancellationToken.IsCancellationRequested;
                    to.AbortWrites(ours ? abortCode : from.CodeOf(failure));
                    if (ours)
                    {
                        from.AbortReads(abortCode);
                    }

                    return total;
                }

                try
                {
                    await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                }
                catch (Exception failure) when (IsExpected(failure))
                {
                    bool ours = cancellationToken.IsCancellationRequested;
                    from.AbortReads(ours ? abortCode : to.CodeOf(failure));
                    to.AbortWrites(ours ? abortCode : to.CodeOf(failure));
                    return total;
                }

                total += read;
                if (read == buffer.Length && buffer.Length < LargeBuffer)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = ArrayPool<byte>.Shared.Rent(LargeBuffer);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool IsExpected(Exception failure) =>
        failure is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException;
}
