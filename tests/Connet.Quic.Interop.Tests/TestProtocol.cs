namespace Connet.Quic.Interop.Tests;

/// <summary>What both sides of every run agree on.</summary>
internal static class TestProtocol
{
    public const string Alpn = "p2px";

    /// <summary>The name in the certificates.</summary>
    public const string ServerName = "localhost";

    /// <summary>What every client closes its connection with.</summary>
    public const long CloseCode = 7;

    /// <summary>Our side takes DATAGRAM frames of any size (RFC 9221).</summary>
    public const int MaxDatagramFrameSize = 65_535;

    public const string CloseReason = "bye";
}
