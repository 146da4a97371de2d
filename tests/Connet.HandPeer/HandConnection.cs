using System.Net;
using Connet.Protocol;
using Connet.Quic;

namespace Connet.HandPeer;

/// <summary>A connection of which the test sends and reads every message itself. Every wait is bounded.</summary>
internal sealed class HandConnection(QuicConnection connection, ProtocolGeneration generation) : IAsyncDisposable
{
    /// <summary>Far longer than anything takes; a test that waits this long has failed.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public QuicConnection Connection => connection;

    public ProtocolGeneration Generation => generation;

    /// <summary>Dials with the one ALPN identifier of a kind and generation.</summary>
    public static async Task<HandConnection> DialAsync(
        QuicEndpoint endpoint,
        IPEndPoint remote,
        ConnectionKind kind,
        ProtocolGeneration generation,
        QuicCertificateValidation validation,
        string? serverName = null,
        QuicCertificate? clientCertificate = null,
        int maxDatagramFrameSize = 0)
    {
        using CancellationTokenSource patience = new(Patience);
        QuicConnection connection = await endpoint.ConnectAsync(
            new QuicClientConnectionOptions
            {
                RemoteEndPoint = remote,
                TargetHost = serverName,
                ApplicationProtocols = [Alpn.Identifier(kind, generation)],
                CertificateValidation = validation,
                ClientCertificate = clientCertificate,
                IdleTimeout = TimeSpan.FromSeconds(20),
                KeepAliveInterval = TimeSpan.FromSeconds(10),
                MaxDatagramFrameSize = maxDatagramFrameSize,
            },
            patience.Token);
        return new HandConnection(connection, generation);
    }

    /// <summary>Takes the next connection of a listener; the generation follows from its ALPN.</summary>
    public static async Task<HandConnection> AcceptAsync(QuicListener listener, ConnectionKind kind)
    {
        using CancellationTokenSource patience = new(Patience);
        QuicConnection connection = await listener.AcceptConnectionAsync(patience.Token);
        return new HandConnection(connection, Alpn.GetGeneration(kind, connection.NegotiatedApplicationProtocol));
    }

    public async Task<HandStream> OpenAsync()
    {
        using CancellationTokenSource patience = new(Patience);
        return new HandStream(await connection.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, patience.Token), generation);
    }

    public async Task<HandStream> AcceptAsync()
    {
        using CancellationTokenSource patience = new(Patience);
        return new HandStream(await connection.AcceptInboundStreamAsync(patience.Token), generation);
    }

    /// <summary>Sends a DATAGRAM frame.</summary>
    public void SendDatagram(params byte[] payload)
    {
        if (connection.SendDatagram(payload) is var result and not QuicDatagramResult.Queued)
        {
            throw new InvalidOperationException($"The frame was not taken: {result}.");
        }
    }

    /// <summary>The payload of the next DATAGRAM frame.</summary>
    public async Task<byte[]> ReceiveDatagramAsync()
    {
        using CancellationTokenSource patience = new(Patience);
        byte[] buffer = new byte[ushort.MaxValue];
        return buffer[..await connection.ReceiveDatagramAsync(buffer, patience.Token)];
    }

    /// <summary>Waits for the connection's end.</summary>
    /// <returns>Why it ended.</returns>
    public async Task<QuicException> ClosedAsync()
    {
        await connection.Closed.WaitAsync(Patience);
        return connection.CloseException();
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
