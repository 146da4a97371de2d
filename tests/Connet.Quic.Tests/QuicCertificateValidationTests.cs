using System.Security.Cryptography.X509Certificates;
using Connet.Quic.Core.Tls;
using Connet.Quic.Tests.Tls;
using Org.BouncyCastle.Asn1.X509;

namespace Connet.Quic.Tests;

public sealed class QuicCertificateValidationTests
{
    private static readonly GeneralName[] _names =
        [TestCertificate.Dns("a.example"), TestCertificate.Dns("*.wild.example"), TestCertificate.Address("192.0.2.7"), TestCertificate.Address("2001:db8::7")];

    [Test]
    public void A_pin_is_the_exact_bytes_of_the_leaf()
    {
        byte[] pinned = TestCertificate.Issue(TestKey.Ed25519()).Der;
        QuicCertificateValidation validation = QuicCertificateValidation.Pinned(TestCertificate.Issue(TestKey.P256()).Der, pinned);
        AssertAccepted(validation, [pinned], null);
        AssertAccepted(validation, [pinned], null, peerIsServer: false);
        AssertRefused(validation, [TestCertificate.Issue(TestKey.Ed25519()).Der, pinned], null, TlsAlert.BadCertificate);
    }

    [Test]
    public void A_pin_does_not_match_the_same_certificate_in_BER()
    {
        byte[] pinned = TestCertificate.Issue(TestKey.Ed25519()).Der;
        AssertRefused(
            QuicCertificateValidation.Pinned(pinned), [PeerCertificatePauseTests.ToIndefiniteLength(pinned)], null, TlsAlert.BadCertificate);
    }

    [Test]
    public void A_pin_is_copied_and_at_least_one_is_needed()
    {
        byte[] pinned = TestCertificate.Issue(TestKey.Ed25519()).Der;
        byte[] given = (byte[])pinned.Clone();
        QuicCertificateValidation validation = QuicCertificateValidation.Pinned(given);
        given[^1] ^= 1;
        AssertAccepted(validation, [pinned], null);
        Assert.That(() => QuicCertificateValidation.Pinned(), Throws.ArgumentException);
        Assert.That(() => QuicCertificateValidation.Pinned(Array.Empty<byte>()), Throws.ArgumentException);
    }

    [Test]
    public void A_chain_to_a_custom_root_is_accepted([Values("p256", "p384", "rsa", "ed25519")] string kind)
    {
        if (kind == "ed25519" && !OperatingSystem.IsLinux())
        {
            Assert.Ignore("Only OpenSSL verifies Ed25519 chains; the factory's documentation says so.");
        }

        (TestCertificate root, TestCertificate intermediate, TestCertificate leaf) = Chain(kind);
        QuicCertificateValidation validation = QuicCertificateValidation.CustomRoots(root.Der);
        AssertAccepted(validation, [leaf.Der, intermediate.Der], "a.example");
        AssertAccepted(validation, [leaf.Der, intermediate.Der, root.Der], "a.example");
        AssertRefused(validation, [leaf.Der], "a.example", TlsAlert.UnknownCa);
    }

    [Test]
    public void A_root_collection_is_the_same_as_its_bytes()
    {
        (TestCertificate root, TestCertificate intermediate, TestCertificate leaf) = Chain("p256");
        using X509Certificate2 loaded = X509CertificateLoader.LoadCertificate(root.Der);
        AssertAccepted(QuicCertificateValidation.CustomRoots(new X509Certificate2Collection(loaded)), [leaf.Der, intermediate.Der], "a.example");
    }

    [Test]
    public void A_chain_to_another_root_of_the_same_name_is_refused([Values("p256", "rsa")] string kind)
    {
        (TestCertificate root, _, _) = Chain("p384");
        (TestCertificate otherRoot, TestCertificate intermediate, TestCertificate leaf) = Chain(kind);
        CertificateVerdict verdict = Validate(QuicCertificateValidation.CustomRoots(root.Der), [leaf.Der, intermediate.Der, otherRoot.Der], "a.example");
        Assert.That(verdict.Alert, Is.EqualTo(TlsAlert.UnknownCa).Or.EqualTo(TlsAlert.BadCertificate), verdict.Reason);
    }

    [Test]
    public void A_leaf_with_a_changed_signature_is_refused()
    {
        (TestCertificate root, TestCertificate intermediate, TestCertificate leaf) = Chain("rsa");
        byte[] changed = [.. leaf.Der[..^1], (byte)(leaf.Der[^1] ^ 1)];
        CertificateVerdict verdict = Validate(QuicCertificateValidation.CustomRoots(root.Der), [changed, intermediate.Der], "a.example");
        Assert.That(verdict.Alert, Is.EqualTo(TlsAlert.BadCertificate).Or.EqualTo(TlsAlert.UnknownCa), verdict.Reason);
    }

    [TestCase("a.example", true)]
    [TestCase("A.EXAMPLE", true)]
    [TestCase("a.example.", true)]
    [TestCase("x.wild.example", true)]
    [TestCase("192.0.2.7", true)]
    [TestCase("2001:db8::7", true)]
    [TestCase("[2001:db8::7]", true)]
    [TestCase("b.example", false)]
    [TestCase("x.y.wild.example", false)]
    [TestCase("wild.example", false)]
    [TestCase("192.0.2.8", false)]
    [TestCase("the-common-name.example", false)]
    [TestCase("not a name", false)]
    [TestCase("", false)]
    [TestCase(null, false)]
    public void The_host_has_to_be_named(string? host, bool accepted)
    {
        TestCertificate root = TestCertificate.Issue(TestKey.P256(), "root", isAuthority: true);
        TestCertificate leaf = TestCertificate.Issue(TestKey.P256(), "the-common-name.example", root, names: _names);
        AssertVerdict(QuicCertificateValidation.CustomRoots(root.Der), [leaf.Der], host, accepted ? null : TlsAlert.BadCertificate);

        // The same for a leaf that is itself trusted.
        AssertVerdict(QuicCertificateValidation.CustomRoots(leaf.Der), [leaf.Der], host, accepted ? null : TlsAlert.BadCertificate);
    }

    [TestCase("a.example")]
    [TestCase("192.0.2.7")]
    public void The_common_name_alone_names_nobody(string name)
    {
        TestCertificate leaf = TestCertificate.Issue(TestKey.P256(), name);
        AssertRefused(QuicCertificateValidation.CustomRoots(leaf.Der), [leaf.Der], name, TlsAlert.BadCertificate);
    }

    [Test]
    public void An_address_written_as_a_DNS_name_does_not_name_the_address()
    {
        TestCertificate leaf = TestCertificate.Issue(TestKey.P256(), names: [TestCertificate.Dns("192.0.2.7")]);
        AssertRefused(QuicCertificateValidation.CustomRoots(leaf.Der), [leaf.Der], "192.0.2.7", TlsAlert.BadCertificate);
    }

    [TestCase(-20, -10)]
    [TestCase(10, 20)]
    public void A_leaf_out_of_its_time_is_expired(int fromDays, int toDays)
    {
        TestCertificate root = TestCertificate.Issue(TestKey.P256(), "root", isAuthority: true, notBefore: DateTime.UtcNow.AddDays(-30));
        TestCertificate leaf = TestCertificate.Issue(
            TestKey.P256(), issuer: root, names: _names, notBefore: DateTime.UtcNow.AddDays(fromDays), notAfter: DateTime.UtcNow.AddDays(toDays));
        AssertRefused(QuicCertificateValidation.CustomRoots(root.Der), [leaf.Der], "a.example", TlsAlert.CertificateExpired);
        AssertRefused(QuicCertificateValidation.CustomRoots(leaf.Der), [leaf.Der], "a.example", TlsAlert.CertificateExpired);
    }

    [Test]
    public void The_usage_has_to_fit_the_side()
    {
        TestCertificate root = TestCertificate.Issue(TestKey.P256(), "root", isAuthority: true);
        TestCertificate client = TestCertificate.Issue(TestKey.P256(), issuer: root, names: _names, usage: KeyPurposeID.id_kp_clientAuth);
        TestCertificate server = TestCertificate.Issue(TestKey.P256(), issuer: root, names: _names, usage: KeyPurposeID.id_kp_serverAuth);
        foreach (QuicCertificateValidation validation in new[]
        {
            QuicCertificateValidation.CustomRoots(root.Der), QuicCertificateValidation.CustomRoots(client.Der, server.Der),
        })
        {
            AssertAccepted(validation, [server.Der], "a.example");
            AssertRefused(validation, [client.Der], "a.example", TlsAlert.UnsupportedCertificate);
            AssertAccepted(validation, [client.Der], null, peerIsServer: false);
            AssertRefused(validation, [server.Der], null, TlsAlert.UnsupportedCertificate, peerIsServer: false);
        }
    }

    [Test]
    public void A_trusted_leaf_needs_no_issuer([Values("p256", "rsa", "ed25519")] string kind, [Values] bool selfSigned)
    {
        TestCertificate root = TestCertificate.Issue(TestKey.OfKind(kind), "root", isAuthority: true);
        TestCertificate leaf = TestCertificate.Issue(TestKey.OfKind(kind), issuer: selfSigned ? null : root, names: _names);
        AssertAccepted(QuicCertificateValidation.CustomRoots(leaf.Der), [leaf.Der], "a.example");
    }

    [Test]
    public void A_leaf_that_is_no_authority_issues_nothing()
    {
        TestCertificate trusted = TestCertificate.Issue(TestKey.P256(), "not an authority", names: _names);
        TestCertificate leaf = TestCertificate.Issue(TestKey.P256(), issuer: trusted, names: _names);
        Assert.That(Validate(QuicCertificateValidation.CustomRoots(trusted.Der), [leaf.Der], "a.example").IsAccepted, Is.False);
    }

    [Test]
    public void A_certificate_in_BER_is_refused_by_chains()
    {
        TestCertificate leaf = TestCertificate.Issue(TestKey.P256(), names: _names);
        byte[] ber = PeerCertificatePauseTests.ToIndefiniteLength(leaf.Der);
        AssertRefused(QuicCertificateValidation.CustomRoots(leaf.Der), [ber], "a.example", TlsAlert.BadCertificate);
    }

    [Test]
    public void What_is_not_a_certificate_is_refused()
    {
        TestCertificate leaf = TestCertificate.Issue(TestKey.P256(), names: _names);
        QuicCertificateValidation validation = QuicCertificateValidation.CustomRoots(leaf.Der);
        AssertRefused(validation, [[1, 2, 3]], "a.example", TlsAlert.BadCertificate);
        AssertRefused(validation, [leaf.Der, []], "a.example", TlsAlert.BadCertificate);
        AssertRefused(validation, [[.. leaf.Der, 0]], "a.example", TlsAlert.BadCertificate);
        Assert.That(() => QuicCertificateValidation.CustomRoots(new byte[] { 1, 2, 3 }), Throws.ArgumentException);
        Assert.That(() => QuicCertificateValidation.CustomRoots(), Throws.ArgumentException);
    }

    [Test]
    public void The_system_trusts_no_test_certificate()
    {
        (TestCertificate root, TestCertificate intermediate, TestCertificate leaf) = Chain("p256");
        AssertRefused(QuicCertificateValidation.System(), [leaf.Der, intermediate.Der, root.Der], "a.example", TlsAlert.UnknownCa);
    }

    [Test]
    public void Any_certificate_is_for_clients_only()
    {
        byte[] any = TestCertificate.Issue(TestKey.Ed25519()).Der;
        AssertAccepted(QuicCertificateValidation.AnyCertificate(), [any], null, peerIsServer: false);
        AssertRefused(QuicCertificateValidation.AnyCertificate(), [any], "a.example", TlsAlert.CertificateUnknown);
    }

    [Test]
    public void A_custom_check_sees_the_chain_and_decides()
    {
        byte[] leaf = TestCertificate.Issue(TestKey.Ed25519()).Der;
        QuicPeerCertificateContext? seen = null;
        QuicCertificateValidation validation = QuicCertificateValidation.Custom((context, _) =>
        {
            seen = context;
            return ValueTask.FromResult(context.TargetHost == "good");
        });
        AssertAccepted(validation, [leaf], "good");
        Assert.That(seen!.Chain.Single().ToArray(), Is.EqualTo(leaf));
        Assert.That(seen.PeerIsServer, Is.True);
        AssertRefused(validation, [leaf], "bad", TlsAlert.BadCertificate);
    }

    [Test]
    public void A_custom_check_that_throws_refuses_without_its_message()
    {
        CertificateVerdict verdict = Validate(
            QuicCertificateValidation.Custom((_, _) => throw new InvalidOperationException("a secret")), [[1]], null);
        Assert.That(verdict.Alert, Is.EqualTo(TlsAlert.InternalError));
        Assert.That(verdict.Reason, Does.Not.Contain("secret"));
    }

    [Test]
    public void A_custom_check_can_be_cancelled()
    {
        using CancellationTokenSource source = new();
        QuicCertificateValidation validation = QuicCertificateValidation.Custom(async (_, token) =>
        {
            await new TaskCompletionSource().Task.WaitAsync(token);
            return true;
        });
        Task<CertificateVerdict> pending = validation.ValidateAsync([[1]], null, peerIsServer: true, source.Token).AsTask();
        source.Cancel();
        Assert.That(async () => await pending, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void A_verdict_nobody_made_does_not_accept() => Assert.That(default(CertificateVerdict).IsAccepted, Is.False);

    private static (TestCertificate Root, TestCertificate Intermediate, TestCertificate Leaf) Chain(string kind)
    {
        TestCertificate root = TestCertificate.Issue(TestKey.OfKind(kind), "root", isAuthority: true);
        TestCertificate intermediate = TestCertificate.Issue(TestKey.OfKind(kind), "intermediate", root, isAuthority: true);
        return (root, intermediate, TestCertificate.Issue(TestKey.OfKind(kind), "a.example", intermediate, names: _names));
    }

    private static void AssertAccepted(QuicCertificateValidation validation, byte[][] chain, string? host, bool peerIsServer = true) =>
        AssertVerdict(validation, chain, host, null, peerIsServer);

    private static void AssertRefused(QuicCertificateValidation validation, byte[][] chain, string? host, int alert, bool peerIsServer = true) =>
        AssertVerdict(validation, chain, host, alert, peerIsServer);

    private static void AssertVerdict(QuicCertificateValidation validation, byte[][] chain, string? host, int? alert, bool peerIsServer = true)
    {
        CertificateVerdict verdict = Validate(validation, chain, host, peerIsServer);
        Assert.That(verdict.Alert, Is.EqualTo(alert), verdict.Reason);
        Assert.That(verdict.IsAccepted, Is.EqualTo(alert is null));
        Assert.That(verdict.Reason, Does.EndWith("."));
    }

    private static CertificateVerdict Validate(QuicCertificateValidation validation, byte[][] chain, string? host, bool peerIsServer = true)
    {
        Task<CertificateVerdict> verdict = validation.ValidateAsync(chain, host, peerIsServer, CancellationToken.None).AsTask();
        Assert.That(verdict.IsCompleted, Is.True, "nothing here waits");
        return verdict.GetAwaiter().GetResult();
    }
}
