namespace Connet.Client;

/// <summary>How the bytes of a connection travel.</summary>
public enum ConnetPathKind
{
    /// <summary>Straight between the two clients.</summary>
    Direct,

    /// <summary>Through a relay.</summary>
    Relay,
}
