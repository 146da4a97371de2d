using Connet.Quic.Core.Crypto;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Tls;
using static Connet.Quic.Tests.Tls.HandshakeBytes;

namespace Connet.Quic.Tests.Tls;

/// <summary>What goes wrong ends with the right alert, as 0x100 plus its number (RFC 9001, section 4.8).</summary>
public sealed class AlertTests
{
    // Check 3 of the engine's list; RFC 9001, section 8.1.
    [Test]
    public void No_common_protocol_is_no_application_protocol() =>
        AssertServer(TlsPair.Create(TlsPair.ClientOptions(alpn: ["other"u8.ToArray()])), 0x178);

    [Test]
    public void A_client_without_ALPN_is_refused() => AssertServer(InClientHello(hello => Without(hello, AlpnExtension)), 0x178);

    [Test]
    public void A_server_that_answers_with_no_protocol_is_refused() =>
        AssertClient(InMessage(EncryptedExtensions, message => Without(message, AlpnExtension)), 0x178);

    [Test]
    public void A_server_that_answers_with_a_protocol_never_offered_is_refused() =>
        AssertClient(InMessage(EncryptedExtensions, message => Replace(message, AlpnExtension, data => [.. data[..^1], (byte)'X'])), 0x12f);

    [Test]
    public void A_protocol_name_that_is_not_text_is_compared_as_bytes()
    {
        byte[] name = [0xff, 0xfe, 0x00];
        TlsPair pair = TlsPair.Create(
            TlsPair.ClientOptions(alpn: [name]),
            TlsPair.ServerOptions(select: hello => new TlsServerSelection(Identities.Server, hello.Alpn[0], [])));
        pair.Run().AssertComplete();
        Assert.That(pair.Client.Outputs.Items.OfType<NegotiatedOutput>().Single().Alpn, Is.EqualTo(name));
    }

    // Check 4 of the engine's list; RFC 9001, section 8.2.
    [Test]
    public void A_client_without_transport_parameters_is_refused() =>
        AssertServer(InClientHello(hello => Without(hello, TransportParameters)), 0x16d);

    [Test]
    public void A_server_without_transport_parameters_is_refused() =>
        AssertClient(InMessage(EncryptedExtensions, message => Without(message, TransportParameters)), 0x16d);

    [Test]
    public void A_client_of_TLS_1_2_is_refused() => AssertServer(InClientHello(hello => Without(hello, SupportedVersions)), 0x146);

    [Test]
    public void No_common_cipher_suite_is_a_handshake_failure() =>
        AssertServer(
            TlsPair.Create(
                TlsPair.ClientOptions(suites: [CipherSuite.Aes128GcmSha256]),
                TlsPair.ServerOptions(suites: [CipherSuite.ChaCha20Poly1305Sha256])),
            0x128);

    // Check 5 of the engine's list.
    [Test]
    public void A_certificate_the_client_accepts_no_scheme_for_is_a_handshake_failure() =>
        AssertServer(InClientHello(hello => Replace(hello, SignatureAlgorithms, _ => [0, 2, 4, 3])), 0x128);

    // Check 5 of the engine's list; RFC 8446, section 4.2.3.
    [TestCase(0x0401, TestName = "rsa_pkcs1_sha256 in CertificateVerify is refused")]
    [TestCase(0x0201, TestName = "rsa_pkcs1_sha1 in CertificateVerify is refused")]
    [TestCase(0x0403, TestName = "ecdsa_secp256r1_sha256 by an Ed25519 key is refused")]
    [TestCase(0x0804, TestName = "rsa_pss_rsae_sha256 by an Ed25519 key is refused")]
    public void A_scheme_that_does_not_belong_to_the_key_is_refused(int scheme) =>
        AssertClient(InMessage(CertificateVerify, message => [.. message[..4], (byte)(scheme >> 8), (byte)scheme, .. message[6..]]), 0x12f);

    // Check 5 of the engine's list: the curve belongs to the scheme.
    [Test]
    public void A_P384_key_under_the_P256_scheme_is_refused() =>
        AssertClient(
            InMessage(CertificateVerify, message => [.. message[..4], 4, 3, .. message[6..]], TlsPair.ServerOptions(Identities.Get("p384", "a.example"))),
            0x12f);

    [Test]
    public void An_RSA_key_bound_to_PSS_under_the_other_scheme_is_refused() =>
        AssertClient(
            InMessage(CertificateVerify, message => [.. message[..4], 8, 4, .. message[6..]], TlsPair.ServerOptions(Identities.Get("rsa-pss", "a.example"))),
            0x12f);

    [TestCase(Finished)]
    [TestCase(CertificateVerify)]
    public void A_changed_proof_of_either_side_is_a_decrypt_error(byte type)
    {
        AssertClient(InMessage(type, Flip), 0x133);
        AssertServer(FromClient(type, Flip), 0x133);

        static byte[] Flip(byte[] message) => [.. message[..^1], (byte)(message[^1] ^ 1)];
    }

    [Test]
    public void A_changed_message_breaks_the_signature() =>
        AssertClient(InMessage(EncryptedExtensions, message => Replace(message, TransportParameters, data => [.. data[..^1], 0])), 0x133);

    [Test]
    public void A_missing_CertificateVerify_is_noticed_by_either_side()
    {
        AssertClient(InMessage(CertificateVerify, _ => null), 0x10a);
        AssertServer(FromClient(CertificateVerify, _ => null), 0x10a);
    }

    [Test]
    public void A_missing_certificate_is_noticed_by_either_side()
    {
        AssertClient(TlsPair.Mutual((fromClient, _, message) => !fromClient && message[0] is Certificate or CertificateVerify ? null : message), 0x10a);
        AssertServer(TlsPair.Mutual((fromClient, _, message) => fromClient && message[0] is Certificate or CertificateVerify ? null : message), 0x10a);
    }

    [Test]
    public void A_server_without_any_certificate_is_refused() =>
        AssertClient(InMessage(Certificate, _ => Message(Certificate, 0, 0, 0, 0)), 0x132);

    [TestCase(EncryptedExtensions)]
    [TestCase(Certificate)]
    [TestCase(CertificateVerify)]
    [TestCase(Finished)]
    public void A_message_that_is_cut_off_inside_is_a_decode_error(byte type) =>
        AssertClient(InMessage(type, message => Message(type, message[4..^1])), 0x132);

    [Test]
    public void A_ClientHello_that_is_cut_off_inside_is_a_decode_error() =>
        AssertServer(InClientHello(hello => Message(ClientHello, hello[4..^1])), 0x132);

    [Test]
    public void Bytes_behind_a_Finished_are_a_decode_error() =>
        AssertClient(InMessage(Finished, message => Message(Finished, [.. message[4..], 0])), 0x132);

    [Test]
    public void A_certificate_that_is_not_one_is_bad() =>
        AssertClient(InMessage(Certificate, message => [.. message[..11], .. Enumerable.Repeat((byte)0xff, 40), .. message[51..]]), 0x12a);

    [Test]
    public void A_certificate_not_meant_for_signatures_is_refused()
    {
        TlsIdentity identity = TestCertificate.Issue(TestKey.Ed25519(), keyUsage: Org.BouncyCastle.Asn1.X509.KeyUsage.KeyCertSign).ToIdentity();
        AssertClient(TlsPair.Create(server: TlsPair.ServerOptions(identity)), 0x12e);
    }

    [Test]
    public void An_extension_nobody_asked_for_is_refused() =>
        AssertClient(InMessage(EncryptedExtensions, message => With(message, 0xfafa)), 0x16e);

    [Test]
    public void An_extension_in_the_wrong_message_is_refused() =>
        AssertClient(InMessage(EncryptedExtensions, message => With(message, KeyShare, 0, 29)), 0x12f);

    [Test]
    public void An_extension_twice_is_refused() => AssertServer(InClientHello(hello => With(hello, SupportedVersions, 2, 3, 4)), 0x12f);

    // Check 8 of the engine's list.
    [Test]
    public void A_malformed_MLKEM_key_is_an_illegal_parameter() =>
        AssertServer(InClientHello(hello => Replace(hello, KeyShare, data => [.. data[..6], .. Enumerable.Repeat((byte)0xff, 60), .. data[66..]])), 0x12f);

    [Test]
    public void A_hybrid_share_of_the_wrong_length_is_an_illegal_parameter()
    {
        AssertServer(InClientHello(hello => Replace(hello, KeyShare, _ => [0, 6, 0x11, 0xec, 0, 2, 1, 1])), 0x12f);
        AssertClient(InMessage(ServerHello, hello => Replace(hello, KeyShare, _ => [0x11, 0xec, 0, 2, 1, 1])), 0x12f);
    }

    [Test]
    public void An_all_zero_X25519_share_is_an_illegal_parameter()
    {
        IReadOnlyList<TlsNamedGroup> x25519 = [TlsNamedGroup.X25519];
        AssertClient(
            TlsPair.Mutual(
                (fromClient, _, message) => !fromClient && message[0] == ServerHello
                    ? Replace(message, KeyShare, _ => [0, 29, 0, 32, .. new byte[32]])
                    : message,
                TlsPair.ClientOptions(groups: x25519, shares: x25519)),
            0x12f);
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_P256_point_off_the_curve_or_badly_encoded_is_an_illegal_parameter(bool offCurve)
    {
        IReadOnlyList<TlsNamedGroup> p256 = [TlsNamedGroup.Secp256r1];
        AssertClient(
            TlsPair.Mutual(
                (fromClient, _, message) => !fromClient && message[0] == ServerHello
                    ? Replace(message, KeyShare, data => offCurve ? [.. data[..^1], (byte)(data[^1] ^ 1)] : [.. data[..4], 2, .. data[5..]])
                    : message,
                TlsPair.ClientOptions(groups: p256, shares: p256),
                TlsPair.ServerOptions(groups: p256)),
            0x12f);
    }

    [Test]
    public void A_share_for_a_group_never_offered_is_refused() =>
        AssertClient(InMessage(ServerHello, hello => Replace(hello, KeyShare, _ => [0, 24, 0, 97, .. new byte[97]])), 0x12f);

    [Test]
    public void A_dead_session_says_nothing_more()
    {
        TlsEndpoint server = TlsPair.NewServer();
        server.Start();
        server.Receive(EncryptionLevel.Initial, Message(ClientHello, 1, 2, 3));
        server.Receive(EncryptionLevel.Initial, Message(ClientHello, 1, 2, 3));
        server.Receive(EncryptionLevel.Handshake, Message(Finished, new byte[32]));
        Assert.That(server.Outputs.Items, Has.Count.EqualTo(1));
        Assert.That(server.Outputs.Items[0], Is.InstanceOf<ErrorOutput>());
        Assert.That(server.Session.IsEngineReleased, Is.True);
    }

    [Test]
    public void Messages_of_errors_name_what_failed_and_nothing_of_its_content()
    {
        TlsPair pair = InMessage(Finished, message => [.. message[..^1], (byte)(message[^1] ^ 1)]);
        pair.Run();
        Assert.That(pair.Client.Error?.Message, Is.EqualTo("The TLS handshake failed with decrypt_error at the peer's finished (20)."));
    }

    private static TlsPair InClientHello(Func<byte[], byte[]?> change) => FromClient(ClientHello, change);

    private static TlsPair FromClient(byte type, Func<byte[], byte[]?> change) =>
        TlsPair.Mutual((fromClient, _, message) => fromClient && message[0] == type ? change(message) : message);

    private static TlsPair InMessage(byte type, Func<byte[], byte[]?> change, TlsServerOptions? server = null) =>
        TlsPair.Mutual((fromClient, _, message) => !fromClient && message[0] == type ? change(message) : message, server: server);

    private static void AssertClient(TlsPair pair, long code)
    {
        pair.Run();
        Assert.That(pair.Client.Error?.TransportErrorCode, Is.EqualTo(code), pair.Client.Error?.Message);
        Assert.That(pair.Client.IsComplete, Is.False);
        Assert.That(pair.Client.Sent.Any(output => output.Level == EncryptionLevel.Handshake), Is.False, "nothing of the client's may leave");
    }

    private static void AssertServer(TlsPair pair, long code)
    {
        pair.Run();
        Assert.That(pair.Server.Error?.TransportErrorCode, Is.EqualTo(code), pair.Server.Error?.Message);
        Assert.That(pair.Server.IsComplete, Is.False);
    }
}
