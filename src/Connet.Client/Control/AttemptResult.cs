namespace Connet.Client.Control;

/// <summary>The end of an attempt to reach the control server.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Connection">Set if and only if it is <see cref="AttemptOutcome.Authenticated"/>.</param>
/// <param name="Failure">What to tell, if it failed.</param>
internal sealed record AttemptResult(AttemptOutcome Outcome, ControlConnection? Connection, ConnetClientException? Failure);
