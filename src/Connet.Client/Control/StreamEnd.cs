using Connet.Protocol;

namespace Connet.Client.Control;

/// <summary>How an announce or relay stream ended that did not fail.</summary>
/// <param name="Refusal">The server's error; null if it just ended the stream.</param>
internal readonly record struct StreamEnd(ProtocolException? Refusal);
