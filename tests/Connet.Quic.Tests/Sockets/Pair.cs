namespace Connet.Quic.Tests.Sockets;

/// <summary>Two endpoints and a connection between them, seen from both ends.</summary>
internal sealed record Pair(QuicEndpoint ClientEndpoint, QuicEndpoint ServerEndpoint, QuicListener Listener, QuicConnection Client, QuicConnection Server)
{
    /// <summary>A bidirectional stream of the client's that the server has accepted; one byte has gone over it and was read.</summary>
    public async Task<(QuicStream Local, QuicStream Remote)> OpenStreamAsync(CancellationToken token)
    {
        QuicStream local = await Client.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, token);
        await local.WriteAsync(new byte[] { 1 }, token);
        QuicStream remote = await Server.AcceptInboundStreamAsync(token);
        Assert.That(await remote.ReadAsync(new byte[1], token), Is.EqualTo(1));
        return (local, remote);
    }
}
