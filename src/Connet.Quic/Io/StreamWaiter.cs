namespace Connet.Quic.Io;

/// <summary>Somebody who waits for a stream to open: complete with the stream, or without one when the connection has ended.</summary>
internal sealed class StreamWaiter() : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>Set under the connection's lock, before completion.</summary>
    public StreamDriver? Stream { get; set; }
}
