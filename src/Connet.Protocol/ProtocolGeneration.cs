namespace Connet.Protocol;

/// <summary>
/// The generations of the protocol in the field. ALPN decides which one a connection speaks; both carry the same messages.
/// </summary>
internal enum ProtocolGeneration
{
    /// <summary>The older one: messages follow a length of 8 bytes.</summary>
    First = 1,

    /// <summary>The current one: messages follow a length of 4 bytes.</summary>
    Second = 2,
}
