namespace Connet.Quic.Interop.Tests.Peers;

/// <summary>The independent QUIC stacks the tests talk to (eng/peers).</summary>
public enum QuicPeer
{
    /// <summary>quinn, inside Deno. Updates its keys by itself; cannot be told to send Retry.</summary>
    Quinn,

    /// <summary>quic-go 0.29. Sends Retry when told to.</summary>
    QuicGo,

    /// <summary>quiche 0.18, inside a Node wrapper. Its server always sends Retry; datagrams of at most 1350 bytes; slow.</summary>
    Quiche,
}
