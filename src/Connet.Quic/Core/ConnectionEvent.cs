using Connet.Quic.Core.Streams;

namespace Connet.Quic.Core;

/// <summary>Something the application side of a connection has to know, read with <see cref="Connection.PollEvent"/>.</summary>
internal readonly record struct ConnectionEvent(ConnectionEventKind Kind, StreamEvent Stream = default);
