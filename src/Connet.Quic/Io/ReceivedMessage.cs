using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Io;

/// <summary>What is known about one message of a <see cref="ReceiveBatch"/> besides its bytes.</summary>
internal readonly record struct ReceivedMessage(int Length, int SegmentSize, byte Ecn, NetworkAddress From);
