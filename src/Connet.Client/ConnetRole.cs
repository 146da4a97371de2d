namespace Connet.Client;

/// <summary>What a client is for an endpoint.</summary>
public enum ConnetRole
{
    /// <summary>It exposes a service: connections come to it.</summary>
    Destination = 1,

    /// <summary>It reaches the service: connections start from it.</summary>
    Source = 2,
}
