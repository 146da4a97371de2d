namespace QuicEcho;

/// <summary>What server and client agree on.</summary>
internal static class EchoProtocol
{
    /// <summary>The application protocol (ALPN); QUIC has no connection without one.</summary>
    public const string Name = "connet-echo";

    /// <summary>Bytes that are read at once.</summary>
    public const int ReadSize = 64 * 1024;
}
