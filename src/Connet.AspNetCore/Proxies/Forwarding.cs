
namespace Connet.AspNetCore.Proxies;

/// <summary>What the requests of one endpoint are forwarded to, and how.</summary>
internal sealed record Forwarding
{
    /// <summary>The endpoint's name.</summary>
    public required string Name { get; init; }

    /// <summary>Where requests go.</summary>
    public required ForwardTarget Target { get; init; }

    /// <summary>What sends them.</summary>
    public required ForwardingClient Client { get; init; }

    /// <summary>What users are told was not reached.</summary>
    public required string Subject { get; init; }

    /// <summary>What the log says was not reached.</summary>
    public required string Address { get; init; }

    /// <summary>The host that requests name; null for that of the target.</summary>
    public string? Host { get; init; }

    /// <summary>Whether requests come from users directly, not through a source.</summary>
    public bool IsEdge { get; init; }
}
