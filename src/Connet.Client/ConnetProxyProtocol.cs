namespace Connet.Client;

/// <summary>The PROXY protocol header by which a service learns the address of the user behind a tunnel.</summary>
public enum ConnetProxyProtocol
{
    /// <summary>No header.</summary>
    None = 0,

    /// <summary>Version 1, a line of text.</summary>
    V1 = 1,

    /// <summary>Version 2, binary.</summary>
    V2 = 2,
}
