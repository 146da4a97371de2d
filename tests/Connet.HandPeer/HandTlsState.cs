namespace Connet.HandPeer;

/// <summary>What the callbacks of a <see cref="HandTls"/> have seen.</summary>
internal sealed class HandTlsState
{
    public bool IsComplete { get; set; }

    public bool IsPeerClosed { get; set; }

    public string? RequestedName { get; set; }

    public bool HasProtocols { get; set; }

    public byte[]? PeerCertificate { get; set; }

    public int? ReceivedAlert { get; set; }
}
