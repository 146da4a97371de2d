namespace Connet.Protocol;

/// <summary>Streams on which both sides have said what they had to say, as an authentication or a connection check is after its answer.</summary>
internal static class FinishedStreams
{
    /// <summary>
    /// Disposes of a stream when the peer has ended its side. Disposing of it earlier would ask the peer to stop sending, and some programs
    /// take that for a failure when they then end their side as the protocol wants. Never faults; ends with the connection at the latest.
    /// </summary>
    /// <param name="stream">The stream, whose own side was ended.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task DisposeAtEndAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        await using (stream.ConfigureAwait(false))
        {
            try
            {
                // A byte more is already more than the peer had to say.
                await stream.ReadAsync(new byte[1], cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidOperationException)
            {
            }
        }
    }
}
