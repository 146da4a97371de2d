using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Recovery;

/// <summary>A newly acknowledged packet, as the congestion controller will hear of it.</summary>
internal readonly record struct AckedPacket(Timestamp SentAt, int Bytes);
