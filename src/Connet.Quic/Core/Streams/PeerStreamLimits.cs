namespace Connet.Quic.Core.Streams;

/// <summary>The limits that the peer's transport parameters give new streams (RFC 9000, section 18.2). "Local" is the peer.</summary>
internal readonly record struct PeerStreamLimits(long BidirectionalLocal, long BidirectionalRemote, long Unidirectional);
