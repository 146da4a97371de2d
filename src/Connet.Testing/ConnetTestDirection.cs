namespace Connet.Testing;

/// <summary>Which datagrams between two participants a fault concerns.</summary>
public enum ConnetTestDirection
{
    /// <summary>Those of both.</summary>
    Both,

    /// <summary>Those that the first sends to the second.</summary>
    Forth,

    /// <summary>Those that the second sends to the first.</summary>
    Back,
}
