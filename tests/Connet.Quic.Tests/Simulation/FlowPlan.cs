namespace Connet.Quic.Tests.Simulation;

/// <summary>What happens in one direction of one stream.</summary>
/// <param name="Size">The bytes that would be sent, were it not for what follows.</param>
/// <param name="ResetAt">The sender gives up after so many bytes; null: it ends the stream after all of them.</param>
/// <param name="StopAt">The receiver gives up after so many bytes; null: it reads to the end.</param>
/// <param name="Waits">The acceptor of the stream begins only when it has read the other direction to its end.</param>
internal sealed record FlowPlan(int Size, int? ResetAt, int? StopAt, bool Waits);
