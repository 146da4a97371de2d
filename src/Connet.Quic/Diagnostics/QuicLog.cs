using System.Net;
using Microsoft.Extensions.Logging;

namespace Connet.Quic.Diagnostics;

/// <summary>What this library logs. Event ids are stable.</summary>
internal static partial class QuicLog
{
    [LoggerMessage(1, LogLevel.Debug, "Listening for QUIC on {LocalEndPoint}: {Socket}; packet ciphers: {Crypto}")]
    public static partial void EndpointStarted(ILogger logger, IPEndPoint localEndPoint, string socket, string crypto);

    [LoggerMessage(2, LogLevel.Information, "{Advice}")]
    public static partial void SocketBuffersSmall(ILogger logger, string advice);

    [LoggerMessage(3, LogLevel.Debug, "Connection with {RemoteEndPoint} established ({Protocol})")]
    public static partial void ConnectionEstablished(ILogger logger, IPEndPoint remoteEndPoint, string protocol);

    [LoggerMessage(4, LogLevel.Debug, "Connection with {RemoteEndPoint} ended: {Reason}")]
    public static partial void ConnectionClosed(ILogger logger, IPEndPoint remoteEndPoint, string reason);

    [LoggerMessage(5, LogLevel.Warning, "The connection from {RemoteEndPoint} was closed because {Backlog} others wait to be accepted")]
    public static partial void BacklogFull(ILogger logger, IPEndPoint remoteEndPoint, int backlog);

    [LoggerMessage(6, LogLevel.Error, "The certificate check for {RemoteEndPoint} failed with an exception; the handshake was refused")]
    public static partial void CertificateCheckFailed(ILogger logger, IPEndPoint remoteEndPoint, Exception exception);

    [LoggerMessage(7, LogLevel.Critical, "The endpoint on {LocalEndPoint} stopped because its socket thread failed")]
    public static partial void SocketThreadFailed(ILogger logger, IPEndPoint localEndPoint, Exception exception);

    [LoggerMessage(8, LogLevel.Error, "The admission filter failed with an exception for {RemoteEndPoint}; its packet was ignored")]
    public static partial void AdmissionFilterFailed(ILogger logger, IPEndPoint remoteEndPoint, Exception exception);

    [LoggerMessage(9, LogLevel.Error, "The connection with {RemoteEndPoint} was ended because of a fault in this library; the other connections go on")]
    public static partial void ConnectionFault(ILogger logger, IPEndPoint remoteEndPoint, Exception exception);

    [LoggerMessage(10, LogLevel.Error, "The outgoing filter failed with an exception for {RemoteEndPoint}; the datagram was dropped")]
    public static partial void OutgoingFilterFailed(ILogger logger, IPEndPoint remoteEndPoint, Exception exception);
}
