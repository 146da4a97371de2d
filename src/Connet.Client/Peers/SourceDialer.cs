namespace Connet.Client.Peers;

/// <summary>Opens the connections of a source.</summary>
/// <param name="endpoint">The source.</param>
/// <param name="options">Its settings.</param>
/// <param name="random">Decides for <see cref="ConnetLoadBalancing.Random"/>.</param>
internal sealed class SourceDialer(PeerEndpoint endpoint, ConnetSourceOptions options, Random random)
{
    private readonly PeerBalancer? _balancer = options.LoadBalancing == ConnetLoadBalancing.None ? null : new PeerBalancer(options.LoadBalancing, random);

    /// <summary>Opens a connection, over whichever of the planned paths answers first.</summary>
    /// <param name="dialOptions">Whom it is for.</param>
    /// <param name="traffic">What the destination is asked to take; for datagrams, the connection is the stream of a flow.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<ConnetConnection> DialAsync(ConnetDialOptions dialOptions, ConnetTraffic traffic, CancellationToken cancellationToken)
    {
        using IDialPlan plan = _balancer is null ? new PreferredPaths() : new BalancedPeers(endpoint.Peers, _balancer, RetryLimit.Of(options), endpoint.Clock);
        Dial dial = new(endpoint, options.DialTimeout, plan, dialOptions, traffic);
        await using (dial.ConfigureAwait(false))
        {
            return await dial.RunAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
