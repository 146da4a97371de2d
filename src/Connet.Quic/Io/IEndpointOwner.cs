using Connet.Quic.Core;
using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Io;

/// <summary>What an <see cref="EndpointDriver"/> asks of, and tells to, the layer above. Called outside every lock, from any thread.</summary>
internal interface IEndpointOwner
{
    /// <summary>Decides about a first packet from an address, before any work is done for it.</summary>
    IncomingVerdict OnIncoming(in IncomingInitial initial);

    /// <summary>An incoming connection's handshake is complete.</summary>
    void OnHandshakeCompleted(ConnectionDriver connection);

    void OnConnectionClosed(ConnectionDriver connection);

    /// <summary>The application's certificate check threw.</summary>
    void OnCertificateCheckFailed(ConnectionDriver connection, Exception exception);

    /// <summary>A fault of this library ended a connection.</summary>
    void OnConnectionFault(ConnectionDriver connection, Exception exception);

    /// <summary>A datagram that is not QUIC arrived. The data is valid during the call only.</summary>
    void OnNonQuicDatagram(in NetworkAddress from, ReadOnlySpan<byte> data);

    /// <summary>The socket thread met an error that it cannot go on from.</summary>
    void OnFatal(Exception exception);
}
