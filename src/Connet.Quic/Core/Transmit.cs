using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core;

/// <summary>One or more datagrams to send: all of <see cref="SegmentSize"/> bytes but the last, which may be shorter.</summary>
/// <param name="Remote">Where to.</param>
/// <param name="Length">All bytes together.</param>
/// <param name="SegmentSize">The size of one datagram.</param>
internal readonly record struct Transmit(NetworkAddress Remote, int Length, int SegmentSize);
