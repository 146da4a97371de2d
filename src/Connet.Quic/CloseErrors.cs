using System.Net;
using Connet.Quic.Core;
using Connet.Quic.Core.Wire;

namespace Connet.Quic;

/// <summary>Says in one sentence why a connection ended.</summary>
internal static class CloseErrors
{
    private const long FirstTlsError = (long)TransportErrorCode.CryptoErrorBase;
    private const long LastTlsError = FirstTlsError + 0xff;

    public static QuicException ToException(ConnectionCloseReason? reason, IPEndPoint remote)
    {
        if (reason is null)
        {
            return new QuicException(QuicError.OperationAborted, $"The QUIC connection with {remote} was abandoned because its endpoint was disposed.");
        }

        string text = reason.Reason.Length == 0 ? string.Empty : $": {reason.Reason.TrimEnd('.')}";
        return reason.Kind switch
        {
            ConnectionCloseKind.LocalApplication =>
                new(QuicError.OperationAborted, $"The QUIC connection with {remote} was closed on this side with code {reason.ErrorCode}{text}."),
            ConnectionCloseKind.PeerApplication =>
                new(QuicError.ConnectionAborted, $"The peer {remote} closed the QUIC connection with code {reason.ErrorCode}{text}.", reason.ErrorCode),
            ConnectionCloseKind.IdleTimeout =>
                new(QuicError.ConnectionIdle, $"The QUIC connection with {remote} ended because nothing arrived within the idle timeout."),
            ConnectionCloseKind.HandshakeTimeout =>
                new(QuicError.ConnectionTimeout, $"{remote} did not complete a QUIC handshake in time: check the address and that UDP reaches it."),
            ConnectionCloseKind.StatelessReset =>
                new(QuicError.StatelessReset, $"The peer {remote} has lost the state of the QUIC connection, as after a restart: connect again."),
            ConnectionCloseKind.VersionMismatch =>
                new(QuicError.VersionNegotiationError, $"{remote} does not speak QUIC version 1."),
            _ => FromTransport(reason, remote, text),
        };
    }

    private static QuicException FromTransport(ConnectionCloseReason reason, IPEndPoint remote, string text)
    {
        bool isPeer = reason.Kind == ConnectionCloseKind.PeerTransport;
        string who = isPeer ? $"The peer {remote}" : $"This side, in the connection with {remote},";
        if (reason.ErrorCode is >= FirstTlsError and <= LastTlsError)
        {
            string alert = $"alert {reason.ErrorCode - FirstTlsError}";
            return new(QuicError.TlsError, $"{who} refused the TLS handshake ({alert}){text}.", transportErrorCode: reason.ErrorCode);
        }

        return reason.ErrorCode switch
        {
            (long)TransportErrorCode.ConnectionRefused when isPeer =>
                new(QuicError.ConnectionRefused, $"The peer {remote} refused the QUIC connection{text}.", transportErrorCode: reason.ErrorCode),
            (long)TransportErrorCode.NoError or (long)TransportErrorCode.ApplicationError when isPeer =>
                new(QuicError.ConnectionAborted, $"The peer {remote} closed the QUIC connection{text}.", transportErrorCode: reason.ErrorCode),
            _ => new(
                QuicError.TransportError,
                $"{who} ended the QUIC connection with transport error {(TransportErrorCode)reason.ErrorCode} (0x{reason.ErrorCode:x}){text}.",
                transportErrorCode: reason.ErrorCode),
        };
    }
}
