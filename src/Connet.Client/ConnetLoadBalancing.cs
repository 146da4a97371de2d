namespace Connet.Client;

/// <summary>How a source chooses among several destinations of its name; each is reached by its best path.</summary>
public enum ConnetLoadBalancing
{
    /// <summary>By path alone: direct before relayed, then the shortest round trip.</summary>
    None = 0,

    /// <summary>The destination with the shortest round trip first.</summary>
    LeastLatency,

    /// <summary>The destination with the fewest open connections of this source first.</summary>
    LeastConnections,

    /// <summary>One after the other.</summary>
    RoundRobin,

    /// <summary>By chance.</summary>
    Random,
}
