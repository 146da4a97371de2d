using System.Diagnostics.CodeAnalysis;
using Connet.Protocol.Common;
using Connet.Protocol.ControlRelays;
using Connet.Protocol.Naming;
using Google.Protobuf;

namespace Connet.Protocol.Seals;

/// <summary>
/// What the control server gives a client for a relay: endpoint, role and client certificate, sealed under the <see cref="BoxKey"/>
/// of the two. The relay needs no answer from the control server to admit the client.
/// </summary>
internal static class ClientProof
{
    /// <summary>A name, a role and a key are far below this; more is not worth opening.</summary>
    private const int MaxLength = 64 * 1024;

    /// <summary>Seals a proof for the holder of a client certificate.</summary>
    /// <param name="boxKey">The key shared with the relay.</param>
    /// <param name="endpoint">The endpoint's name.</param>
    /// <param name="role">What the client is for it.</param>
    /// <param name="certificateKey">The <see cref="CertificateKey"/> of the client's certificate.</param>
    public static byte[] Seal(ReadOnlySpan<byte> boxKey, string endpoint, Role role, string certificateKey) =>
        SecretBox.Seal(boxKey, Message(endpoint, role, certificateKey).ToByteArray());

    /// <summary>Opens a proof and compares it with the certificate that the client showed in the handshake.</summary>
    /// <returns>False if the proof is not from the control server, is from before its last connection, or is somebody else's.</returns>
    public static bool TryOpen(
        ReadOnlySpan<byte> boxKey,
        ReadOnlySpan<byte> proof,
        ReadOnlySpan<byte> clientCertificate,
        [NotNullWhen(true)] out ClientAuthentication? authentication)
    {
        authentication = null;
        if (proof.Length > MaxLength || !SecretBox.TryOpen(boxKey, proof, out byte[]? plaintext))
        {
            return false;
        }

        ClientAuthentication opened;
        try
        {
            opened = ClientAuthentication.Parser.ParseFrom(plaintext);
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }

        if (opened.CertificateKey != CertificateKey.Of(clientCertificate))
        {
            return false;
        }

        authentication = opened;
        return true;
    }

    private static ClientAuthentication Message(string endpoint, Role role, string certificateKey) =>
        new() { Endpoint = new Endpoint { Name = endpoint }, Role = role, CertificateKey = certificateKey };
}
