namespace Connet.Client.Peers;

/// <summary>Opens the connections of a source.</summary>
/// <param name="endpoint">The source.</param>
/// <param name="timeout">How long a dial may take; zero for any time.</param>
internal sealed class SourceDialer(PeerEndpoint endpoint, TimeSpan timeout)
{
    /// <summary>Opens a connection, over whichever path answers first.</summary>
    public async ValueTask<ConnetConnection> DialAsync(ConnetDialOptions options, CancellationToken cancellationToken)
    {
        Dial dial = new(endpoint, timeout, PathSelector.Order, options);
        await using (dial.ConfigureAwait(false))
        {
            return await dial.RunAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
