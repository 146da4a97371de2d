using Connet.Protocol;
using Connet.Protocol.Peers;
using Connet.Quic;
using Connet.Relay.Clients;

namespace Connet.Relay.Forwarding;

/// <summary>What came of asking the destinations of an endpoint: a stream to one of them with its response, or an error for the source.</summary>
internal sealed record DestinationAnswer
{
    public RelayMember? Member { get; init; }

    public QuicStream? Stream { get; init; }

    public Response? Response { get; init; }

    public ProtocolException? Error { get; init; }

    public static DestinationAnswer Failed(ProtocolErrorCode code, string message) => new() { Error = new ProtocolException(code, message) };
}
