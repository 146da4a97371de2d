namespace Connet.Control.Sessions;

/// <summary>What a stream has been told, and what it is told next.</summary>
internal interface IResponseFeed
{
    /// <summary>Whether the frame taken last was the first of two that belong together.</summary>
    bool HasMore { get; }

    /// <summary>Waits until what the peer sent may be acknowledged: a response is one, and so is the end of the stream.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    ValueTask AcknowledgeableAsync(CancellationToken cancellationToken);

    /// <summary>The next frame, null if the peer has been told everything.</summary>
    byte[]? Next();
}
