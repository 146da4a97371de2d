using System.Security.Cryptography;
using Connet.Quic.Core.Crypto;
using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Tests.Crypto;

/// <summary>RFC 9001, appendix A, byte for byte, in both directions, against each provider.</summary>
[TestFixtureSource(typeof(CryptoProviders), nameof(CryptoProviders.Names))]
public sealed class Rfc9001VectorTests(string providerName)
{
    private static readonly string[] _labels = ["client in", "server in", "quic key", "quic iv", "quic hp"];

    private CryptoProvider _provider = null!;

    private static ConnectionId ClientDestinationId => new(Rfc9001.Bytes("client_dcid"));

    [OneTimeSetUp]
    public void ChooseProvider() => _provider = CryptoProviders.Get(providerName);

    [TestCaseSource(nameof(_labels))]
    public void Labels_are_encoded_as_in_A_1(string label)
    {
        byte[] expected = Rfc9001.Bytes("hkdf_labels_encoded", label);
        byte[] info = new byte[64];
        int length = KeyDerivation.WriteInfo(info, System.Text.Encoding.ASCII.GetBytes(label), (expected[0] << 8) | expected[1]);
        Assert.That(info[..length], Is.EqualTo(expected));
    }

    [Test]
    public void Initial_secrets_are_those_of_A_1()
    {
        byte[] client = new byte[32];
        byte[] server = new byte[32];
        InitialSecrets.DeriveSecrets(ClientDestinationId, client, server);
        Assert.That(client, Is.EqualTo(Rfc9001.Bytes("client_initial_keys", "secret")));
        Assert.That(server, Is.EqualTo(Rfc9001.Bytes("server_initial_keys", "secret")));
    }

    [TestCase("client_initial_keys", 16)]
    [TestCase("server_initial_keys", 16)]
    [TestCase("chacha20_short_header", 32)]
    public void Keys_follow_from_the_secret(string entry, int keyLength)
    {
        byte[] secret = Rfc9001.Bytes(entry, "secret");
        Assert.That(Expand(secret, "quic key", keyLength), Is.EqualTo(Rfc9001.Bytes(entry, "key")));
        Assert.That(Expand(secret, "quic iv", 12), Is.EqualTo(Rfc9001.Bytes(entry, "iv")));
        Assert.That(Expand(secret, "quic hp", keyLength), Is.EqualTo(Rfc9001.Bytes(entry, "hp")));
    }

    [Test]
    public void Header_masks_are_those_of_the_samples([Values("client_initial", "server_initial", "chacha20_short_header")] string entry)
    {
        bool chaCha = entry == "chacha20_short_header";
        byte[] key = Rfc9001.Bytes(chaCha ? entry : entry + "_keys", "hp");
        using HeaderMask mask = _provider.CreateHeaderMask(
            chaCha ? CipherSuite.ChaCha20Poly1305Sha256 : CipherSuite.Aes128GcmSha256, key);
        byte[] output = new byte[5];
        mask.Compute(Rfc9001.Bytes(entry, "hp_sample"), output);
        Assert.That(output, Is.EqualTo(Rfc9001.Bytes(entry, "hp_mask")));
    }

    [Test]
    public void Client_Initial_is_protected_and_read_back_as_in_A_2()
    {
        byte[] payload = new byte[Rfc9001.Number("client_initial", "payload_length")];
        Rfc9001.Bytes("client_initial", "crypto_frame").CopyTo(payload, 0);
        CheckInitial("client_initial", payload, senderIsServer: false);
    }

    [Test]
    public void Server_Initial_is_protected_and_read_back_as_in_A_3() =>
        CheckInitial("server_initial", Rfc9001.Bytes("server_initial", "payload"), senderIsServer: true);

    [Test]
    public void ChaCha20_short_header_packet_is_protected_and_read_back_as_in_A_5()
    {
        const string Entry = "chacha20_short_header";
        byte[] secret = Rfc9001.Bytes(Entry, "secret");
        using OneRttKeys keys = new(_provider, CipherSuite.ChaCha20Poly1305Sha256, secret, secret);
        byte[] header = Rfc9001.Bytes(Entry, "unprotected_header");
        byte[] plaintext = Rfc9001.Bytes(Entry, "payload_plaintext");
        long number = Rfc9001.Number(Entry, "packet_number");
        byte[] packet = Assemble(header, plaintext);
        keys.Write.Seal(number, packet, header.Length);
        Assert.That(packet[header.Length..], Is.EqualTo(Rfc9001.Bytes(Entry, "payload_ciphertext")));
        keys.WriteHeader.Protect(packet, 1, 3);
        Assert.That(packet, Is.EqualTo(Rfc9001.Bytes(Entry, "protected_packet")));

        Assert.That(keys.ReadHeader.TryUnprotect(packet, 1, out int length, out uint truncated), Is.True);
        Assert.That(length, Is.EqualTo(3));
        Assert.That(truncated, Is.EqualTo((uint)number & 0xff_ffff));
        Assert.That(packet[..header.Length], Is.EqualTo(header));
        bool phase = (packet[0] & 0x04) != 0;
        Assert.That(keys.TryOpen(new Timestamp(1), phase, number, packet, header.Length), Is.EqualTo(OpenResult.Opened));
        Assert.That(packet[header.Length..^Aead.TagLength], Is.EqualTo(plaintext));
    }

    [Test]
    public void Updated_keys_come_from_the_ku_secret_of_A_5()
    {
        byte[] secret = Rfc9001.Bytes("chacha20_short_header", "secret");
        byte[] updated = Rfc9001.Bytes("chacha20_short_header", "ku");
        Assert.That(Expand(secret, "quic ku", 32), Is.EqualTo(updated));

        using KeyGenerations generations = new(_provider, CipherSuite.ChaCha20Poly1305Sha256, secret);
        using PacketKey expected = PacketKey.Create(_provider, CipherSuite.ChaCha20Poly1305Sha256, updated);
        byte[] packet = new byte[40];
        byte[] same = new byte[40];
        generations.Next.Seal(7, packet, 4);
        expected.Seal(7, same, 4);
        Assert.That(packet, Is.EqualTo(same));
        using PacketKey first = generations.Advance();
        Assert.That(generations.Current.SealedPackets, Is.EqualTo(1));
        Assert.That(first.SealedPackets, Is.Zero);
    }

    [Test]
    public void Retry_integrity_tag_is_that_of_A_4()
    {
        byte[] packet = Rfc9001.Bytes("retry", "packet");
        byte[] tag = Rfc9001.Bytes("retry", "integrity_tag");
        ConnectionId original = new(Rfc9001.Bytes("retry", "original_dcid"));
        byte[] computed = new byte[16];
        RetryIntegrityTag.Compute(original, packet.AsSpan(..^16), computed);
        Assert.That(computed, Is.EqualTo(tag));
        Assert.That(RetryIntegrityTag.Verify(original, packet.AsSpan(..^16), tag), Is.True);
        Assert.That(RetryIntegrityTag.Verify(new ConnectionId([1, 2, 3]), packet.AsSpan(..^16), tag), Is.False);
        tag[15] ^= 1;
        Assert.That(RetryIntegrityTag.Verify(original, packet.AsSpan(..^16), tag), Is.False);
        Assert.That(RetryIntegrityTag.Verify(original, packet.AsSpan(..^16), tag.AsSpan(0, 8)), Is.False);
    }

    private void CheckInitial(string entry, byte[] payload, bool senderIsServer)
    {
        using LevelKeys sender = InitialSecrets.Derive(_provider, ClientDestinationId, senderIsServer);
        using LevelKeys receiver = InitialSecrets.Derive(_provider, ClientDestinationId, !senderIsServer);
        byte[] header = Rfc9001.Bytes(entry, "unprotected_header");
        long number = Rfc9001.Number(entry, "packet_number");
        int numberLength = (int)Rfc9001.Number(entry, "packet_number_length");
        int numberOffset = header.Length - numberLength;
        byte[] packet = Assemble(header, payload);
        sender.Write.Seal(number, packet, header.Length);
        sender.WriteHeader.Protect(packet, numberOffset, numberLength);
        Assert.That(packet[..header.Length], Is.EqualTo(Rfc9001.Bytes(entry, "protected_header")));
        Assert.That(packet, Is.EqualTo(Rfc9001.Bytes(entry, "protected_packet")));

        Assert.That(receiver.ReadHeader.TryUnprotect(packet, numberOffset, out int length, out uint truncated), Is.True);
        Assert.That((length, truncated), Is.EqualTo((numberLength, (uint)number)));
        Assert.That(packet[..header.Length], Is.EqualTo(header));
        Assert.That(receiver.Read.TryOpen(number, packet, header.Length), Is.True);
        Assert.That(packet[header.Length..^Aead.TagLength], Is.EqualTo(payload));
    }

    private static byte[] Assemble(byte[] header, byte[] payload)
    {
        byte[] packet = new byte[header.Length + payload.Length + Aead.TagLength];
        header.CopyTo(packet, 0);
        payload.CopyTo(packet, header.Length);
        return packet;
    }

    private static byte[] Expand(byte[] secret, string label, int length)
    {
        byte[] output = new byte[length];
        KeyDerivation.ExpandLabel(HashAlgorithmName.SHA256, secret, System.Text.Encoding.ASCII.GetBytes(label), output);
        return output;
    }
}
