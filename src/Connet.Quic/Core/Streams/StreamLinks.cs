using System.Runtime.CompilerServices;

namespace Connet.Quic.Core.Streams;

/// <summary>
/// A stream's places in the queues, indexed by <see cref="StreamQueueKind"/>; inside the entry, so that queueing never
/// allocates.
/// </summary>
[InlineArray(4)]
internal struct StreamLinks
{
    private StreamLink _first;
}
