namespace Connet.Client;

/// <summary>How far a dial with load balancing goes on when the chosen destination fails.</summary>
public enum ConnetDialRetry
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>To a number of further destinations.</summary>
    Count,

    /// <summary>To further destinations for some time; the last of them is waited for longer.</summary>
    Timed,

    /// <summary>Through all destinations.</summary>
    All,
}
