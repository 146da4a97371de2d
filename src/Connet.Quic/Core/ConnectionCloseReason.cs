namespace Connet.Quic.Core;

/// <summary>Why a connection ended, with the code and text of the CONNECTION_CLOSE where there was one.</summary>
/// <param name="Kind">The kind of end.</param>
/// <param name="ErrorCode">The application or transport error code; 0 where the kind has none.</param>
/// <param name="Reason">The reason phrase: ours, or the peer's (at most a packet long; not to be trusted).</param>
internal sealed record ConnectionCloseReason(ConnectionCloseKind Kind, long ErrorCode, string Reason);
