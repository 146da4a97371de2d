using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core;

/// <summary>The header of the first packet of a would-be connection.</summary>
/// <param name="From">Where it came from.</param>
/// <param name="DestinationId">Its destination ID, which the Initial keys derive from.</param>
/// <param name="SourceId">The client's ID.</param>
/// <param name="Token">What its token proves.</param>
/// <param name="OriginalDestinationId">The destination ID before the Retry; the same as <paramref name="DestinationId"/> where there was none.</param>
/// <param name="MustRetry">The endpoint is too busy to trust the address: only a Retry may be answered.</param>
internal readonly record struct IncomingInitial(
    NetworkAddress From,
    ConnectionId DestinationId,
    ConnectionId SourceId,
    InitialTokenState Token,
    ConnectionId OriginalDestinationId,
    bool MustRetry);
