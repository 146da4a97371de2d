using System.Net;
using Connet.Protocol;
using Connet.Protocol.Identities;
using Connet.Protocol.Relays;
using Connet.Quic;
using Google.Protobuf;

namespace Connet.HandPeer;

/// <summary>A client at a relay, with a socket of its own, of which the test does every step.</summary>
internal sealed class HandRelayClient : IAsyncDisposable
{
    private readonly QuicEndpoint _endpoint;

    private HandRelayClient(QuicEndpoint endpoint, HandConnection connection)
    {
        _endpoint = endpoint;
        Connection = connection;
    }

    public HandConnection Connection { get; }

    public static async Task<HandRelayClient> DialAsync(
        IPEndPoint relay, ReadOnlyMemory<byte> relayCertificate, PeerIdentity? identity, ProtocolGeneration generation)
    {
        QuicEndpoint endpoint = QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 0) });
        try
        {
            HandConnection connection = await HandConnection.DialAsync(
                endpoint,
                relay,
                ConnectionKind.RelayClients,
                generation,
                QuicCertificateValidation.Pinned(relayCertificate),
                clientCertificate: identity?.Client.ToQuic());
            return new HandRelayClient(endpoint, connection);
        }
        catch
        {
            await endpoint.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends a proof on the first stream.</summary>
    /// <returns>The stream, on which the answer arrives.</returns>
    public async Task<HandStream> ProveAsync(byte[] proof)
    {
        HandStream stream = await Connection.OpenAsync();
        await stream.SendAsync(new AuthenticateReq { Authentication = ByteString.CopyFrom(proof), Metadata = "by hand", BuildVersion = "0" });
        return stream;
    }

    /// <summary>Authenticates; the relay has to agree.</summary>
    public async Task AuthenticateAsync(byte[] proof)
    {
        HandStream stream = await ProveAsync(proof);
        AuthenticateResp answer = await stream.ReceiveAsync(AuthenticateResp.Parser);
        if (answer.Error is not null)
        {
            throw new InvalidOperationException($"The relay refused: {answer.Error}");
        }

        stream.Complete();
    }

    public ValueTask DisposeAsync() => _endpoint.DisposeAsync();
}
