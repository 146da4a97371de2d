using System.Net;
using Connet.Client.Diagnostics;
using Connet.Client.Peers;
using Connet.Protocol;
using Connet.Protocol.Timing;
using Connet.Quic;

namespace Connet.Client.Direct;

/// <summary>
/// Keeps one dialled connection to a peer. All its addresses are tried beside each other, each with a back-off of its own, for as long as
/// it takes: where both sides are behind NATs, the first packets of each side open the way for those of the other.
/// </summary>
internal sealed class DirectDialer(PeerEndpoint endpoint, KnownPeer peer)
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(15);

    /// <summary>A connection that lived for so long was a good one: its successor is dialled at once.</summary>
    private static readonly TimeSpan s_stable = TimeSpan.FromSeconds(5);

    /// <summary>Dials, waits for the connection's end, and dials again.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        TimeSpan pause = s_firstPause;
        while (true)
        {
            QuicConnection connection = await ConnectAsync(cancellationToken).ConfigureAwait(false);
            long since = endpoint.Clock.GetTimestamp();
            peer.AddOutgoing(connection);
            await connection.Closed.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (endpoint.Clock.GetElapsedTime(since) >= s_stable)
            {
                pause = s_firstPause;
                continue;
            }

            Task wake = peer.Wake.Next;
            pause = await endpoint.Clock.WaitUpToAsync(wake, pause, cancellationToken).ConfigureAwait(false) ? s_firstPause : Longer(pause);
        }
    }

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < s_longestPause ? pause * 2 : s_longestPause;

    /// <summary>Dials all addresses until one has a connection that passes the check.</summary>
    private async Task<QuicConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource<QuicConnection> won = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenSource round = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using SemaphoreSlim checks = new(1);
        Dictionary<IPEndPoint, (CancellationTokenSource Cancel, Task Task)> dials = [];
        List<Task> ended = [];
        try
        {
            while (!won.Task.IsCompleted)
            {
                Task wake = peer.Wake.Next;
                IReadOnlyList<IPEndPoint> candidates = endpoint.Network.CandidatesOf(peer.Entry);
                foreach (IPEndPoint gone in dials.Keys.Except(candidates).ToArray())
                {
                    ended.Add(EndAsync(dials[gone]));
                    dials.Remove(gone);
                }

                ended.RemoveAll(task => task.IsCompletedSuccessfully);

                TimeSpan delay = TimeSpan.Zero;
                foreach (IPEndPoint candidate in candidates.Where(candidate => !dials.ContainsKey(candidate)))
                {
#pragma warning disable CA2000 // Disposed of by EndAsync.
                    CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(round.Token);
#pragma warning restore CA2000
                    dials[candidate] = (cancel, DialRepeatedlyAsync(candidate, delay, checks, won, cancel.Token));
                    delay += PeerTransport.Stagger;
                }

                await Task.WhenAny(won.Task, wake).WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            return await won.Task.ConfigureAwait(false);
        }
        finally
        {
            await round.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll([.. ended, .. dials.Values.Select(EndAsync)]).ConfigureAwait(false);
            if (cancellationToken.IsCancellationRequested && won.Task.IsCompletedSuccessfully)
            {
                QuicConnection late = await won.Task.ConfigureAwait(false);
                await late.CloseAsync(ProtocolErrorCode.DirectKeepaliveClosed.ToCloseCode(), "the peer is gone", CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    /// <summary>An address may be gone when its dial has ended already, as when all of them are cancelled: the dial does not dispose of its own end.</summary>
    private static async Task EndAsync((CancellationTokenSource Cancel, Task Task) dial)
    {
        using (dial.Cancel)
        {
            await dial.Cancel.CancelAsync().ConfigureAwait(false);
            await dial.Task.ConfigureAwait(false);
        }
    }

    /// <summary>Never faults: it ends when it is cancelled or somebody has won.</summary>
    private async Task DialRepeatedlyAsync(
        IPEndPoint candidate, TimeSpan delay, SemaphoreSlim checks, TaskCompletionSource<QuicConnection> won, CancellationToken cancellationToken)
    {
        TimeSpan pause = s_firstPause;
        try
        {
            await endpoint.Clock.DelayAsync(delay, cancellationToken).ConfigureAwait(false);
            while (!won.Task.IsCompleted)
            {
                Task wake = peer.Wake.Next;
                if (await DialAsync(candidate, checks, won, cancellationToken).ConfigureAwait(false))
                {
                    return;
                }

                pause = await endpoint.Clock.WaitUpToAsync(wake, pause, cancellationToken).ConfigureAwait(false) ? s_firstPause : Longer(pause);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <returns>Whether somebody has won.</returns>
    private async Task<bool> DialAsync(IPEndPoint candidate, SemaphoreSlim checks, TaskCompletionSource<QuicConnection> won, CancellationToken cancellationToken)
    {
        QuicConnection? connection = null;
        try
        {
            await peer.Dials.TakeAsync(cancellationToken).ConfigureAwait(false);
            await endpoint.Network.Dials.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                PeerLog.DirectDial(endpoint.Network.Context.Logger, endpoint.ToString(), peer.Entry.Id, candidate);
                connection = await endpoint.Network.Context.Endpoint.ConnectAsync(Options(candidate), cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                endpoint.Network.Dials.Release();
            }

            // One check at a time: a listener takes the connection that passed it, and no other beside it.
            await checks.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                if (won.Task.IsCompleted)
                {
                    // A check that passes would make the listener drop the connection that won.
                    return true;
                }

                await CheckAsync(connection, cancellationToken).ConfigureAwait(false);
                if (won.TrySetResult(connection))
                {
                    connection = null;
                }

                return true;
            }
            finally
            {
                checks.Release();
            }
        }
        catch (IOException exception)
        {
            PeerLog.DirectDialFailed(endpoint.Network.Context.Logger, endpoint.ToString(), peer.Entry.Id, candidate, exception.Message);
            return false;
        }
        finally
        {
            if (connection is not null)
            {
                await connection.CloseAsync(ProtocolErrorCode.DirectKeepaliveClosed.ToCloseCode(), "another path was faster", CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async Task CheckAsync(QuicConnection connection, CancellationToken cancellationToken)
    {
        using CancellationTokenSource patience = new(endpoint.ClientOptions.HandshakeIdleTimeout, endpoint.Clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await ConnectionCheck.RunAsync(connection, either.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            await connection.CloseAsync(ProtocolErrorCode.ConnectionCheckFailed.ToCloseCode(), "the connection check failed", CancellationToken.None).ConfigureAwait(false);
            throw exception as IOException ?? new ProtocolException(ProtocolErrorCode.ConnectionCheckFailed, "The connection check got no answer.", exception);
        }
    }

    private QuicClientConnectionOptions Options(IPEndPoint candidate) => PeerTransport.OfferDatagrams(PeerTransport.Apply(
        new QuicClientConnectionOptions
        {
            RemoteEndPoint = candidate,
            TargetHost = peer.Entry.ServerName,
            ApplicationProtocols = Alpn.Identifiers(ConnectionKind.Peer, endpoint.ClientOptions.Generation),
            CertificateValidation = QuicCertificateValidation.Pinned(peer.Entry.Server.Certificate),
            ClientCertificate = endpoint.Credentials.ClientCertificate,
        },
        endpoint.ClientOptions,
        PeerTransport.KeepAlive));
}
