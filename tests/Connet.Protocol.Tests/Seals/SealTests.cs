using System.Text;
using Connet.Protocol.Common;
using Connet.Protocol.ControlRelays;
using Connet.Protocol.Keys;
using Connet.Protocol.Naming;
using Connet.Protocol.Seals;
using Connet.Protocol.Tests.Vectors;
using Google.Protobuf;

namespace Connet.Protocol.Tests.Seals;

/// <summary>Sealed values against the samples, and what no longer opens.</summary>
public sealed class SealTests
{
    private static readonly byte[] s_key = Samples.Bytes("relay_authentication/shared_key");

    [Test]
    public void Both_sides_compute_the_samples_key()
    {
        X25519KeyPair control = X25519KeyPair.FromSecret(Samples.Bytes("relay_authentication/control_secret"));
        X25519KeyPair relay = X25519KeyPair.FromSecret(Samples.Bytes("relay_authentication/relay_secret"));
        Assert.That(control.PublicKey.ToArray(), Is.EqualTo(Samples.Bytes("relay_authentication/control_public")));
        Assert.That(relay.PublicKey.ToArray(), Is.EqualTo(Samples.Bytes("relay_authentication/relay_public")));
        Assert.That(BoxKey.TryCompute(control, relay.PublicKey, out byte[]? atControl), Is.True);
        Assert.That(BoxKey.TryCompute(relay, control.PublicKey, out byte[]? atRelay), Is.True);
        Assert.That(atControl, Is.EqualTo(s_key));
        Assert.That(atRelay, Is.EqualTo(s_key));
    }

    [Test]
    public void There_is_no_key_with_what_is_none() => Assert.That(BoxKey.TryCompute(X25519KeyPair.Generate(), new byte[32], out _), Is.False);

    [Test]
    public void The_samples_proof_is_sealed_and_opened()
    {
        byte[] message = Samples.Bytes("relay_authentication/message");
        byte[] sealedProof = Samples.Bytes("relay_authentication/sealed");
        Assert.That(
            new ClientAuthentication
            {
                Endpoint = new Endpoint { Name = Samples.Text("relay_authentication/endpoint") },
                Role = Role.Source,
                CertificateKey = Samples.Text("relay_authentication/certificate_key"),
            }.ToByteArray(),
            Is.EqualTo(message));
        Assert.That(SecretBox.Seal(s_key, Samples.Bytes("relay_authentication/nonce"), message), Is.EqualTo(sealedProof));

        Assert.That(ClientProof.TryOpen(s_key, sealedProof, Samples.Bytes("certificates/client_der"), out ClientAuthentication? authentication), Is.True);
        Assert.That(authentication!.Endpoint.Name, Is.EqualTo("serviceA"));
        Assert.That(authentication.Role, Is.EqualTo(Role.Source));
    }

    [Test]
    public void A_proof_is_its_certificates_only()
    {
        byte[] certificate = Samples.Bytes("certificates/client_der");
        byte[] proof = ClientProof.Seal(s_key, "e", Role.Destination, CertificateKey.Of(certificate));
        Assert.That(ClientProof.TryOpen(s_key, proof, certificate, out ClientAuthentication? authentication), Is.True);
        Assert.That(authentication!.Role, Is.EqualTo(Role.Destination));
        Assert.That(ClientProof.TryOpen(s_key, proof, Samples.Bytes("certificates/server_der"), out _), Is.False);
        Assert.That(ClientProof.TryOpen(new byte[32], proof, certificate, out _), Is.False, "a proof from before the relay's last connection");
        Assert.That(ClientProof.TryOpen(s_key, [], certificate, out _), Is.False);
        Assert.That(ClientProof.TryOpen(s_key, SecretBox.Seal(s_key, [0xff]), certificate, out _), Is.False, "sealed, but no message");
        Assert.That(ClientProof.TryOpen(s_key, SecretBox.Seal(s_key, new byte[1 << 20]), certificate, out _), Is.False, "larger than any proof");
    }

    [Test]
    public void The_samples_token_is_sealed_and_opened()
    {
        byte[] key = Samples.Bytes("reconnect_token/key");
        byte[] token = Samples.Bytes("reconnect_token/sealed");
        Assert.That(SecretBox.Seal(key, Samples.Bytes("reconnect_token/nonce"), Encoding.UTF8.GetBytes(Samples.Text("reconnect_token/plaintext"))), Is.EqualTo(token));
        Assert.That(new ReconnectTokens(key).TryOpen(token, out string? id), Is.True);
        Assert.That(id, Is.EqualTo("a-client-id"));
    }

    [Test]
    public void A_token_is_its_issuers_only()
    {
        ReconnectTokens tokens = new(s_key);
        byte[] token = tokens.Create("an id");
        Assert.That(tokens.TryOpen(token, out string? id), Is.True);
        Assert.That(id, Is.EqualTo("an id"));
        Assert.That(tokens.Create("an id"), Is.Not.EqualTo(token), "nonces are random");
        Assert.That(new ReconnectTokens(new byte[32]).TryOpen(token, out _), Is.False);
        Assert.That(tokens.TryOpen([], out _), Is.False);
        Assert.That(tokens.TryOpen(SecretBox.Seal(s_key, [0xc3, 0x28]), out _), Is.False, "sealed, but no text");
        Assert.That(tokens.TryOpen(SecretBox.Seal(s_key, new byte[2000]), out _), Is.False, "longer than any id");
        Assert.That(() => new ReconnectTokens(new byte[16]), Throws.ArgumentException);
    }

    [Test]
    public void Any_flipped_bit_and_any_missing_byte_is_noticed()
    {
        byte[] sealedValue = Samples.Bytes("reconnect_token/sealed");
        byte[] key = Samples.Bytes("reconnect_token/key");
        for (int bit = 0; bit < sealedValue.Length * 8; bit++)
        {
            byte[] flipped = [.. sealedValue];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(SecretBox.TryOpen(key, flipped, out _), Is.False, $"bit {bit}");
        }

        for (int length = 0; length < sealedValue.Length; length++)
        {
            Assert.That(SecretBox.TryOpen(key, sealedValue.AsSpan(0, length), out _), Is.False, $"{length} bytes");
        }
    }

    [Test]
    public void Values_of_any_length_come_back([Values(0, 1, 31, 32, 33, 63, 64, 65, 1000)] int length)
    {
        byte[] plaintext = [.. Enumerable.Range(0, length).Select(i => (byte)i)];
        byte[] sealedValue = SecretBox.Seal(s_key, plaintext);
        Assert.That(sealedValue, Has.Length.EqualTo(length + SecretBox.Overhead));
        Assert.That(SecretBox.TryOpen(s_key, sealedValue, out byte[]? opened), Is.True);
        Assert.That(opened, Is.EqualTo(plaintext));
    }
}
