using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core;

/// <summary>What a connection asks of its endpoint, read with <see cref="Connection.PollEndpointEvent"/> and carried over by the driver.</summary>
internal readonly record struct EndpointEvent(EndpointEventKind Kind, int Count = 0, ConnectionId Id = default);
