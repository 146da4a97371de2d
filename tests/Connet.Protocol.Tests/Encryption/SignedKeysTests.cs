using System.Buffers.Binary;
using Connet.Protocol.Encryption;
using Connet.Protocol.Identities;
using Connet.Protocol.Peers;
using Connet.Protocol.Tests.Vectors;
using Google.Protobuf;
using Org.BouncyCastle.Crypto.Parameters;

namespace Connet.Protocol.Tests.Encryption;

/// <summary>Signed keys: the sample, those of real sessions, and what is refused.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SignedKeysTests
{
    private static readonly DateTimeOffset s_now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    private readonly FixedClock _clock = new(s_now);
    private readonly PeerIdentity _identity = new IdentityFactory(new FixedClock(s_now)).CreatePeer();
    private readonly byte[] _publicKey = Samples.Bytes("dhxcp/source_public");

    private CertificateInfo Signer => Read(_identity.Server.Certificate.Span);

    [Test]
    public void The_sample_is_signed_byte_for_byte()
    {
        Ed25519PrivateKeyParameters key = new(Samples.Bytes("ecdh_configuration/ed25519_seed"), 0);
        Assert.That(key.GeneratePublicKey().GetEncoded(), Is.EqualTo(Samples.Bytes("ecdh_configuration/ed25519_public")));
        GeneratedCertificate server = new(_identity.Server.Certificate.ToArray(), key, "a.name");
        FixedClock clock = new(DateTimeOffset.FromUnixTimeSeconds(long.Parse(Samples.Text("ecdh_configuration/unix_nanoseconds")) / 1_000_000_000));
        EcdhConfiguration configuration = new SignedKeys(clock).Create(server, _publicKey);
        Assert.That(configuration.ClientName, Is.EqualTo("a.name"));
        Assert.That(configuration.KeyTime.ToByteArray(), Is.EqualTo(Samples.Bytes("ecdh_configuration/key_time")));
        Assert.That(configuration.Signature.ToByteArray(), Is.EqualTo(Samples.Bytes("ecdh_configuration/signature")));
    }

    [Test]
    public void A_signed_key_is_verified()
    {
        EcdhConfiguration configuration = Create();
        Assert.That(configuration.ClientName, Is.EqualTo(_identity.Server.ServerName));
        Assert.That(new SignedKeys(_clock).TryVerify(configuration, Signer, out byte[]? publicKey, out string? fault), Is.True, fault);
        Assert.That(publicKey, Is.EqualTo(_publicKey));
    }

    [Test]
    public void The_keys_of_a_real_session_are_verified()
    {
        TranscriptMessage[] session = [.. TranscriptMessage.All.Where(message => message.Scenario == "relay-dhxcp")];
        Dictionary<string, CertificateInfo> known = session
            .Where(message => message.Kind == "control Response")
            .SelectMany(message => Control.Response.Parser.ParseFrom(message.Body).Announce?.Peers ?? [])
            .Select(peer => Read(peer.Peer.ServerCertificate.Span))
            .DistinctBy(certificate => certificate.Key)
            .ToDictionary(certificate => certificate.ServerName!);
        EcdhConfiguration[] configurations =
        [
            .. session.Where(message => message.Kind == "peer Request").Select(message => Request.Parser.ParseFrom(message.Body).Connect.SourceDhX25519),
            .. session.Where(message => message.Kind == "peer Response").Select(message => Response.Parser.ParseFrom(message.Body).Connect.DestinationDhX25519),
        ];
        Assert.That(configurations, Has.Length.EqualTo(8));
        foreach (EcdhConfiguration configuration in configurations)
        {
            ulong nanoseconds = BinaryPrimitives.ReadUInt64BigEndian(configuration.KeyTime.Span[32..]);
            FixedClock clock = new(DateTimeOffset.UnixEpoch.AddTicks((long)(nanoseconds / 100)).AddMinutes(1));
            Assert.That(new SignedKeys(clock).TryVerify(configuration, known[configuration.ClientName], out _, out string? fault), Is.True, fault);
        }
    }

    [TestCase(-300.0, true)]
    [TestCase(300.0, true)]
    [TestCase(-300.0000001, false)]
    [TestCase(300.0000001, false)]
    [TestCase(-86400.0, false)]
    [TestCase(86400.0, false)]
    public void The_time_may_be_five_minutes_off(double seconds, bool accepted)
    {
        EcdhConfiguration configuration = Create();
        _clock.Now = s_now.AddTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond));
        Assert.That(new SignedKeys(_clock).TryVerify(configuration, Signer, out _, out string? fault), Is.EqualTo(accepted));
        Assert.That(fault, accepted ? Is.Null : Does.Contain("5 minutes"));
    }

    [TestCase(ulong.MaxValue)]
    [TestCase(ulong.MinValue)]
    [TestCase((ulong)long.MaxValue)]
    [TestCase((ulong)long.MaxValue + 1)]
    public void Times_at_the_ends_of_the_range_are_refused(ulong time)
    {
        byte[] keyTime = [.. _publicKey, .. new byte[8]];
        BinaryPrimitives.WriteUInt64BigEndian(keyTime.AsSpan(32), time);
        Refuse(Signed(keyTime), "5 minutes");
    }

    [Test]
    public void Any_flipped_bit_of_key_and_time_is_noticed()
    {
        EcdhConfiguration good = Create();
        for (int at = 0; at < 40; at++)
        {
            byte[] keyTime = good.KeyTime.ToByteArray();
            keyTime[at] ^= 1;
            EcdhConfiguration changed = good.Clone();
            changed.KeyTime = ByteString.CopyFrom(keyTime);
            Refuse(changed, "signature");
        }
    }

    [TestCase(0)]
    [TestCase(32)]
    [TestCase(39)]
    [TestCase(41)]
    public void Key_and_time_have_forty_bytes(int length) => Refuse(Signed(new byte[length]), "bytes instead of 40");

    [Test]
    public void A_wrong_signature_or_signer_is_refused()
    {
        EcdhConfiguration changed = Create();
        changed.Signature = ByteString.CopyFrom(new byte[64]);
        Refuse(changed, "signature");
        changed.Signature = ByteString.Empty;
        Refuse(changed, "signature");

        EcdhConfiguration renamed = Create();
        renamed.ClientName = "other.connet.peer.invalid";
        Refuse(renamed, "not the one that was named");

        CertificateInfo other = Read(new IdentityFactory(_clock).CreatePeer().Server.Certificate.Span);
        EcdhConfiguration impostor = Create();
        impostor.ClientName = other.ServerName!;
        Assert.That(new SignedKeys(_clock).TryVerify(impostor, other, out _, out string? fault), Is.False);
        Assert.That(fault, Does.Contain("signature"));
    }

    [Test]
    public void A_client_certificate_signs_no_keys() =>
        Assert.That(() => new SignedKeys(_clock).Create(_identity.Client, _publicKey), Throws.ArgumentException);

    private static CertificateInfo Read(ReadOnlySpan<byte> certificate)
    {
        Assert.That(CertificateInfo.TryRead(certificate, out CertificateInfo? info), Is.True);
        return info!;
    }

    private EcdhConfiguration Create() => new SignedKeys(_clock).Create(_identity.Server, _publicKey);

    private EcdhConfiguration Signed(byte[] keyTime) => new()
    {
        ClientName = _identity.Server.ServerName!,
        KeyTime = ByteString.CopyFrom(keyTime),
        Signature = ByteString.CopyFrom(_identity.Server.Sign(keyTime)),
    };

    private void Refuse(EcdhConfiguration configuration, string reason)
    {
        Assert.That(new SignedKeys(_clock).TryVerify(configuration, Signer, out byte[]? publicKey, out string? fault), Is.False);
        Assert.That(publicKey, Is.Null);
        Assert.That(fault, Does.Contain(reason));
    }
}
