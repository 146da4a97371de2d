using System.Net;
using Microsoft.Extensions.Logging;

namespace Connet.Relay.Diagnostics;

/// <summary>What a relay logs. Event ids are stable.</summary>
internal static partial class RelayLog
{
    [LoggerMessage(1, LogLevel.Information, "Relay {ServerName} serves clients on {LocalEndPoint}, announced as {HostPorts}")]
    public static partial void Listening(ILogger logger, string serverName, IPEndPoint localEndPoint, string hostPorts);

    [LoggerMessage(2, LogLevel.Information, "Connected to the control server at {ControlAddress}, whose id is {ControlId}")]
    public static partial void ControlConnected(ILogger logger, string controlAddress, string controlId);

    [LoggerMessage(3, LogLevel.Warning, "Lost the control server at {ControlAddress}: {Reason}; connecting again, admitted clients stay")]
    public static partial void ControlLost(ILogger logger, string controlAddress, string reason);

    [LoggerMessage(4, LogLevel.Warning, "The control server at {ControlAddress} cannot be reached: {Reason}; trying on")]
    public static partial void ControlUnreachable(ILogger logger, string controlAddress, string reason);

    [LoggerMessage(5, LogLevel.Error, "{Reason} What the relay remembers of its control server was not written; a restart would forget it")]
    public static partial void StateNotWritten(ILogger logger, string reason);

    [LoggerMessage(6, LogLevel.Debug, "Admitted {RemoteEndPoint} as {Role} of '{Endpoint}'")]
    public static partial void ClientAdmitted(ILogger logger, IPEndPoint remoteEndPoint, string role, string endpoint);

    [LoggerMessage(7, LogLevel.Information, "Refused {RemoteEndPoint}: {Reason}")]
    public static partial void ClientRefused(ILogger logger, IPEndPoint remoteEndPoint, string reason);

    [LoggerMessage(8, LogLevel.Debug, "The {Role} of '{Endpoint}' at {RemoteEndPoint} left: {Reason}")]
    public static partial void ClientLeft(ILogger logger, IPEndPoint remoteEndPoint, string role, string endpoint, string reason);

    [LoggerMessage(9, LogLevel.Debug, "A stream of '{Endpoint}' from {RemoteEndPoint} was refused: {Reason}")]
    public static partial void StreamRefused(ILogger logger, IPEndPoint remoteEndPoint, string endpoint, string reason);

    [LoggerMessage(10, LogLevel.Debug, "A destination of '{Endpoint}' at {RemoteEndPoint} did not take a stream: {Reason}")]
    public static partial void DestinationFailed(ILogger logger, IPEndPoint remoteEndPoint, string endpoint, string reason);

    [LoggerMessage(11, LogLevel.Error, "The connection of {RemoteEndPoint} was ended because of a fault in the relay; the others go on")]
    public static partial void ConnectionFault(ILogger logger, IPEndPoint remoteEndPoint, Exception exception);

    [LoggerMessage(12, LogLevel.Critical, "The relay stops: {Reason}")]
    public static partial void Stopping(ILogger logger, string reason);

    [LoggerMessage(13, LogLevel.Warning, "{Connections} connections wait for admission; the one of {RemoteEndPoint} was closed")]
    public static partial void TooManyUnauthenticated(ILogger logger, IPEndPoint remoteEndPoint, int connections);

    [LoggerMessage(14, LogLevel.Information, "Refused {RemoteEndPoint} before its handshake: the rules of the ingress at {Address} do not permit it ({Suppressed} more were refused since the last line)")]
    public static partial void AddressRefused(ILogger logger, IPEndPoint remoteEndPoint, string address, int suppressed);

    [LoggerMessage(15, LogLevel.Information, "Closed the connection of {RemoteEndPoint} with AuthenticationFailed: the rules of its ingress do not permit its address any more")]
    public static partial void AddressDenied(ILogger logger, IPEndPoint remoteEndPoint);

    [LoggerMessage(16, LogLevel.Information, "The options were read again and are in force")]
    public static partial void Reloaded(ILogger logger);

    [LoggerMessage(17, LogLevel.Error, "The options were not read again, and the old ones stay: {Reason}")]
    public static partial void ReloadFailed(ILogger logger, string reason);
}
