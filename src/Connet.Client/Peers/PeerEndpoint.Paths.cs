using Connet.Client.Diagnostics;
using Connet.Client.Direct;
using Connet.Protocol;
using Connet.Quic;

namespace Connet.Client.Peers;

/// <content>Paths: who adds them, who uses them.</content>
internal sealed partial class PeerEndpoint
{
    /// <summary>The paths that a dial can try, in no order, with what their choice goes by.</summary>
    public IReadOnlyList<(PeerPath Path, PathState State)> UsablePaths()
    {
        List<(PeerPath, PathState)> usable = [];
        foreach (PeerPath path in AllPaths())
        {
            bool leadsToPeer = path.Kind == ConnetPathKind.Direct || Peers.AnyAtRelay(path.Id);
            if (path.IsUsable && (leadsToPeer || Peers.Count > 0))
            {
                string group = $"{path.Kind} {path.Id}";
                usable.Add((path, new PathState(path.Kind, path.Connection.SmoothedRtt, path.IsSilent, leadsToPeer, group)));
            }
        }

        return usable;
    }

    /// <summary>Waits for a path that leads to a peer.</summary>
    /// <param name="kind">The kind; null for any.</param>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <exception cref="ObjectDisposedException">The endpoint stops.</exception>
    public async ValueTask WaitForPathAsync(ConnetPathKind? kind, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed = Changed.Next;
            ThrowIfStopping();
            if (UsablePaths().Any(usable => usable.State.LeadsToPeer && (kind is null || usable.State.Kind == kind)))
            {
                return;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <exception cref="ObjectDisposedException">The endpoint stops.</exception>
    public void ThrowIfStopping()
    {
        if (_stopping.IsCancellationRequested)
        {
            throw new ObjectDisposedException(ToString(), $"The {ToString()} has stopped.");
        }
    }

    /// <summary>Serves a path's incoming streams until it ends.</summary>
    public void Serve(PeerPath path) => Tasks.Run(() => new InboundStreams(this, path, _handler).RunAsync());

    /// <summary>Takes a new direct connection from somebody whose certificate was expected during the handshake.</summary>
    public void Accept(QuicConnection connection) => Tasks.Run(() => AcceptAsync(connection));

    private async Task AcceptAsync(QuicConnection connection)
    {
        KnownPeer? peer = connection.RemoteCertificateChain.Count > 0 ? Peers.FindByClientCertificate(connection.RemoteCertificateChain[0].Span) : null;
        if (peer is null || Stopping.IsCancellationRequested || !peer.TryBeginCheck())
        {
            PeerLog.UnexpectedPeer(Network.Context.Logger, connection.RemoteEndPoint);
            await connection.CloseAsync(ProtocolErrorCode.AuthenticationFailed.ToCloseCode(), "not expected").ConfigureAwait(false);
            return;
        }

        try
        {
            using CancellationTokenSource patience = new(ClientOptions.HandshakeIdleTimeout, Clock);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, Stopping);
            await ConnectionCheck.ServeAsync(connection, either.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            PeerLog.CheckFailed(Network.Context.Logger, ToString(), peer.Entry.Id, connection.RemoteEndPoint, exception.Message);
            await connection.CloseAsync(ProtocolErrorCode.ConnectionCheckFailed.ToCloseCode(), "the connection check failed").ConfigureAwait(false);
            return;
        }
        finally
        {
            peer.EndCheck();
        }

        peer.AddIncoming(connection);
    }

    private IEnumerable<PeerPath> AllPaths() => Peers.Paths().Concat(RelayPaths.Paths());
}
