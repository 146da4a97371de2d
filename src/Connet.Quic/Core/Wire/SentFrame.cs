namespace Connet.Quic.Core.Wire;

/// <summary>One frame of a sent packet, as remembered until the packet is acknowledged or lost.</summary>
/// <param name="Kind">What it was.</param>
/// <param name="Id">The stream identifier or sequence number, where the kind has one.</param>
/// <param name="Offset">The offset or value, where the kind has one.</param>
/// <param name="Length">The number of bytes, where the kind has one.</param>
/// <param name="Fin">Whether a STREAM frame ended its stream.</param>
internal readonly record struct SentFrame(SentFrameKind Kind, long Id = 0, long Offset = 0, int Length = 0, bool Fin = false);
