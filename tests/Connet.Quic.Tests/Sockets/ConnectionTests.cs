using System.Text;

namespace Connet.Quic.Tests.Sockets;

internal sealed class ConnectionTests : SocketFixture
{
    [Test]
    [CancelAfter(Limit)]
    public async Task A_stream_echoes_and_the_connection_closes_with_code_and_reason(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token);
        QuicStream stream = await pair.Client.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, token);
        await stream.WriteAsync(Encoding.UTF8.GetBytes("hello"), completeWrites: true, token);
        QuicStream accepted = await pair.Server.AcceptInboundStreamAsync(token);
        await accepted.CopyToAsync(accepted, token);
        accepted.CompleteWrites();
        using StreamReader reader = new(stream);
        Assert.That(await reader.ReadToEndAsync(token), Is.EqualTo("hello"));

        await pair.Client.CloseAsync(42, "done", token);
        await pair.Server.Closed.WaitAsync(token);
        await pair.Client.Closed.WaitAsync(token);
        QuicException seen = pair.Server.CloseException();
        Assert.That(seen.QuicError, Is.EqualTo(QuicError.ConnectionAborted));
        Assert.That(seen.ApplicationErrorCode, Is.EqualTo(42));
        Assert.That(seen.Message, Does.Contain("done"));
        Assert.That(pair.Client.CloseException().QuicError, Is.EqualTo(QuicError.OperationAborted));
        Assert.That(pair.Client.IsClosed && pair.Server.IsClosed);
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task Both_ends_know_what_was_negotiated(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token);
        Assert.That(pair.Client.NegotiatedApplicationProtocol, Is.EqualTo(Protocol));
        Assert.That(pair.Server.NegotiatedApplicationProtocol, Is.EqualTo(Protocol));
        Assert.That(pair.Server.TargetHostName, Is.EqualTo(Certificates.Host));
        Assert.That(pair.Client.IsClient && !pair.Server.IsClient);
        Assert.That(pair.Client.RemoteEndPoint, Is.EqualTo(pair.ServerEndpoint.LocalEndPoint));
        Assert.That(pair.Server.RemoteEndPoint, Is.EqualTo(pair.ClientEndpoint.LocalEndPoint));
        Assert.That(pair.Client.RemoteCertificateChain[0].ToArray(), Is.EqualTo(Certificates.Server.RawLeaf.ToArray()));
        Assert.That(pair.Server.RemoteCertificateChain, Is.Empty);
        Assert.That(pair.Server.GetRemoteCertificate(), Is.Null);
        using System.Security.Cryptography.X509Certificates.X509Certificate2? certificate = pair.Client.GetRemoteCertificate();
        Assert.That(certificate!.Subject, Is.EqualTo($"CN={Certificates.Host}"));
    }
}
