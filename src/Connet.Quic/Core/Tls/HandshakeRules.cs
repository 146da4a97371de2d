using Connet.Quic.Core.Primitives;
using Org.BouncyCastle.Tls;

namespace Connet.Quic.Core.Tls;

/// <summary>
/// Which handshake messages may come at which level (RFC 9001, section 4.1.3; RFC 8446, section 4). The engine has no
/// notion of levels and would take EncryptedExtensions in the clear.
/// </summary>
internal static class HandshakeRules
{
    /// <summary>Whether a peer may send this message at <paramref name="level"/> at all.</summary>
    public static bool IsAllowed(byte type, EncryptionLevel level, bool receiverIsServer) => level switch
    {
        EncryptionLevel.Initial => type == (receiverIsServer ? HandshakeType.client_hello : HandshakeType.server_hello),
        EncryptionLevel.Handshake => type switch
        {
            (byte)HandshakeType.certificate or (byte)HandshakeType.certificate_verify or (byte)HandshakeType.finished => true,
            (byte)HandshakeType.encrypted_extensions or (byte)HandshakeType.certificate_request => !receiverIsServer,
            _ => false,
        },

        // Nothing but tickets: KeyUpdate is forbidden in QUIC (RFC 9001, section 6), and post-handshake client
        // authentication too (section 4.4).
        _ => type == HandshakeType.new_session_ticket && !receiverIsServer,
    };

    /// <summary>
    /// Whether a NewSessionTicket's body is well formed (RFC 8446, section 4.6.1). Tickets are not used: there is no
    /// resumption, so a well-formed one is dropped.
    /// </summary>
    public static bool IsWellFormedTicket(ReadOnlySpan<byte> body)
    {
        const int LifetimeAndAgeAdd = 8;
        if (body.Length < LifetimeAndAgeAdd)
        {
            return false;
        }

        body = body[LifetimeAndAgeAdd..];
        return TlsVector.TryRead(ref body, 1, out _)
            && TlsVector.TryRead(ref body, 2, out ReadOnlySpan<byte> ticket) && !ticket.IsEmpty
            && TlsVector.TryRead(ref body, 2, out ReadOnlySpan<byte> extensions) && body.IsEmpty
            && AreWellFormedExtensions(extensions);
    }

    private static bool AreWellFormedExtensions(ReadOnlySpan<byte> extensions)
    {
        while (!extensions.IsEmpty)
        {
            if (extensions.Length < 2)
            {
                return false;
            }

            extensions = extensions[2..];
            if (!TlsVector.TryRead(ref extensions, 2, out _))
            {
                return false;
            }
        }

        return true;
    }
}
