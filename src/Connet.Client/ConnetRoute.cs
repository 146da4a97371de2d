namespace Connet.Client;

/// <summary>Which kinds of paths an endpoint may use.</summary>
public enum ConnetRoute
{
    /// <summary>Direct paths and relays; direct ones are preferred.</summary>
    Any,

    /// <summary>Direct paths only. The endpoint announces no relay and asks for none.</summary>
    Direct,

    /// <summary>Relays only. The endpoint announces no address of its own.</summary>
    Relay,
}
