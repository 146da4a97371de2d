using Connet.Quic.Core;

namespace Connet.Quic.Io;

/// <summary>One datagram of a receive batch and whom it is for.</summary>
internal readonly record struct RoutedDatagram(ConnectionDriver? Driver, RouteKind Kind, int Message, int Offset, int Length)
{
    public Span<byte> In(ReceiveBatch batch) => batch.Data(Message).Slice(Offset, Length);
}
