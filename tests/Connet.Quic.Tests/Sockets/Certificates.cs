using Connet.Quic.Tests.Tls;

namespace Connet.Quic.Tests.Sockets;

/// <summary>The certificates of these tests, made once: an authority with a server of several names, and two self-signed Ed25519 ones.</summary>
internal static class Certificates
{
    public const string Host = "server.example";

    private static readonly TestCertificate _authority = TestCertificate.Issue(TestKey.P256(), "authority", isAuthority: true);

    public static ReadOnlyMemory<byte> Authority => _authority.Der;

    public static QuicCertificate Server { get; } = Make(TestCertificate.Issue(
        TestKey.P256(), Host, _authority, names: [TestCertificate.Dns(Host), TestCertificate.Address("127.0.0.1"), TestCertificate.Address("::1")]));

    public static QuicCertificate OtherServer { get; } = Make(TestCertificate.Issue(
        TestKey.P256(), "other.example", _authority, names: [TestCertificate.Dns("other.example")]));

    public static QuicCertificate Client { get; } = Make(TestCertificate.Issue(TestKey.P256(), "client", _authority));

    public static QuicCertificate Ed25519Server { get; } = Make(TestCertificate.Issue(TestKey.Ed25519(), "pinned server"));

    public static QuicCertificate Ed25519Client { get; } = Make(TestCertificate.Issue(TestKey.Ed25519(), "pinned client"));

    private static QuicCertificate Make(TestCertificate certificate) => QuicCertificate.FromDer([certificate.Der], certificate.Key.Pkcs8);
}
