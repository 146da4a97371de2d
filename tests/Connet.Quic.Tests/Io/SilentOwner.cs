using Connet.Quic.Core;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Io;

namespace Connet.Quic.Tests.Io;

/// <summary>Takes nothing and listens to nothing.</summary>
internal sealed class SilentOwner : IEndpointOwner
{
    public IncomingVerdict OnIncoming(in IncomingInitial initial) => IncomingVerdict.Ignore;

    public void OnHandshakeCompleted(ConnectionDriver connection)
    {
    }

    public void OnConnectionClosed(ConnectionDriver connection)
    {
    }

    public void OnCertificateCheckFailed(ConnectionDriver connection, Exception exception)
    {
    }

    public void OnConnectionFault(ConnectionDriver connection, Exception exception)
    {
    }

    public void OnNonQuicDatagram(in NetworkAddress from, ReadOnlySpan<byte> data)
    {
    }

    public void OnFatal(Exception exception)
    {
    }
}
