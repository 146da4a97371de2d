namespace Connet.Quic.Core;

/// <summary>Where a datagram goes.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Handle">The connection, where there is one.</param>
/// <param name="Initial">The first packet's header, where it is one.</param>
internal readonly record struct Route(RouteKind Kind, int Handle = -1, IncomingInitial Initial = default);
