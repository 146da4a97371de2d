using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Streams;

/// <summary>News for the application. A stream has at most one undelivered event of each kind.</summary>
internal readonly record struct StreamEvent(StreamEventKind Kind, StreamId Id);
