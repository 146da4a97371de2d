namespace Connet.Client.Endpoints;

/// <summary>The inner side of a carried flow of datagrams. Disposal ends it.</summary>
internal interface IDatagramTunnel : IAsyncDisposable
{
    /// <summary>Sends a datagram, or drops it; never waits.</summary>
    /// <returns>Whether it was taken.</returns>
    bool TrySend(ReadOnlySpan<byte> datagram);

    /// <summary>Waits until there is a datagram to take.</summary>
    /// <returns>False when the flow has ended.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    ValueTask<bool> WaitAsync(CancellationToken cancellationToken);

    /// <summary>Takes a datagram, if there is one.</summary>
    bool TryReceive(Span<byte> buffer, out int length);
}
