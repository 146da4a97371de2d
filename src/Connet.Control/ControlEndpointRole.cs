namespace Connet.Control;

/// <summary>What a client is for an endpoint.</summary>
public enum ControlEndpointRole
{
    /// <summary>It accepts connections.</summary>
    Destination = 1,

    /// <summary>It opens connections.</summary>
    Source = 2,
}
