using Connet.Protocol;

namespace Connet.Client.Peers;

/// <summary>How an attempt to open a connection over one path ended: exactly one is set.</summary>
/// <param name="Connection">It stands.</param>
/// <param name="Refusal">It was answered with an error, or with something that cannot be accepted.</param>
/// <param name="Failure">There was no answer, and why.</param>
internal sealed record DialResult(ConnetConnection? Connection, ProtocolException? Refusal, string? Failure)
{
    /// <summary>Whether the refusal may be another one soon.</summary>
    public bool MayChange { get; init; }

    /// <summary>Whether asking again over the same path makes no sense within one dial.</summary>
    public bool IsFinal => Refusal is not null && !MayChange;

    /// <summary>What went wrong, in words.</summary>
    public string Problem => Refusal?.Message ?? Failure ?? string.Empty;
}
