using System.Net;
using Connet.Protocol;
using Microsoft.Extensions.Logging;

namespace Connet.Control.Diagnostics;

/// <summary>What the control server logs. Event ids are stable. Tokens and secrets never appear.</summary>
internal static partial class ControlLog
{
    [LoggerMessage(1, LogLevel.Information, "Control server {Id}: clients at {ClientEndPoints}, relays at {RelayEndPoints}")]
    public static partial void Started(ILogger logger, string id, string clientEndPoints, string relayEndPoints);

    [LoggerMessage(2, LogLevel.Information, "Control server {Id} stopped")]
    public static partial void Stopped(ILogger logger, string id);

    [LoggerMessage(3, LogLevel.Warning, "{Count} of the {Side} tokens are listed more than once: the last one's restriction holds")]
    public static partial void DuplicateTokens(ILogger logger, int count, string side);

    [LoggerMessage(4, LogLevel.Information, "Refused {RemoteEndPoint} with {Code}: {Reason}")]
    public static partial void Refused(ILogger logger, IPEndPoint remoteEndPoint, ProtocolErrorCode code, string reason);

    [LoggerMessage(5, LogLevel.Debug, "The connection from {RemoteEndPoint} ended before it authenticated: {Reason}")]
    public static partial void ConnectionLost(ILogger logger, IPEndPoint remoteEndPoint, string reason);

    [LoggerMessage(6, LogLevel.Information, "Client {Id} connected from {RemoteEndPoint}")]
    public static partial void ClientConnected(ILogger logger, string id, IPEndPoint remoteEndPoint);

    [LoggerMessage(7, LogLevel.Information, "Client {Id} from {RemoteEndPoint} disconnected: {Reason}")]
    public static partial void ClientDisconnected(ILogger logger, string id, IPEndPoint remoteEndPoint, string reason);

    [LoggerMessage(8, LogLevel.Information, "Ended a stream of client {Id} from {RemoteEndPoint} with {Code}: {Reason}")]
    public static partial void StreamRefused(ILogger logger, string id, IPEndPoint remoteEndPoint, ProtocolErrorCode code, string reason);

    [LoggerMessage(9, LogLevel.Error, "A stream of client {Id} was ended because of a fault in the server; its other streams go on")]
    public static partial void StreamFault(ILogger logger, string id, Exception exception);

    [LoggerMessage(10, LogLevel.Warning, "The list for endpoint {Name} has {Count} entries, and the last {Left} do not fit into a message")]
    public static partial void ListCut(ILogger logger, string name, int count, int left);

    [LoggerMessage(11, LogLevel.Information, "Relay {Id} connected from {RemoteEndPoint}")]
    public static partial void RelayConnected(ILogger logger, string id, IPEndPoint remoteEndPoint);

    [LoggerMessage(12, LogLevel.Information, "Relay {Id} from {RemoteEndPoint} disconnected: {Reason}")]
    public static partial void RelayDisconnected(ILogger logger, string id, IPEndPoint remoteEndPoint, string reason);

    [LoggerMessage(13, LogLevel.Error, "The connection from {RemoteEndPoint} was ended because of a fault in the server; the others go on")]
    public static partial void SessionFault(ILogger logger, IPEndPoint remoteEndPoint, Exception exception);

    [LoggerMessage(14, LogLevel.Warning, "Closed the connection from {RemoteEndPoint}, which has not authenticated: {Limit} newer ones have not either")]
    public static partial void TooManyPending(ILogger logger, IPEndPoint remoteEndPoint, int limit);

    [LoggerMessage(15, LogLevel.Critical, "The ingress at {LocalEndPoint} has failed: {Reason}")]
    public static partial void IngressFailed(ILogger logger, IPEndPoint localEndPoint, string reason);

    [LoggerMessage(16, LogLevel.Information, "Client {Id} from {RemoteEndPoint} is gone: it answers no more, and a newer connection comes from its address")]
    public static partial void ClientReplaced(ILogger logger, string id, IPEndPoint remoteEndPoint);

    [LoggerMessage(17, LogLevel.Information, "Closed the connection of {Kind} {Id} from {RemoteEndPoint} with {Code}, by the rules as they are now: {Reason}")]
    public static partial void SessionDenied(ILogger logger, string kind, string id, IPEndPoint remoteEndPoint, ProtocolErrorCode code, string reason);

    [LoggerMessage(18, LogLevel.Information, "Refused {RemoteEndPoint} before its handshake: the rules of the ingress for {Side} at {Address} do not permit it ({Suppressed} more were refused since the last line)")]
    public static partial void AddressRefused(ILogger logger, IPEndPoint remoteEndPoint, string side, string address, int suppressed);

    [LoggerMessage(19, LogLevel.Information, "The options were read again: tokens, rules and certificates are in force")]
    public static partial void Reloaded(ILogger logger);

    [LoggerMessage(20, LogLevel.Error, "The options were not read again, and the old ones stay: {Reason}")]
    public static partial void ReloadFailed(ILogger logger, string reason);

    [LoggerMessage(21, LogLevel.Error, "What clients announce cannot be written to the store, so that a restart may forget it: {Reason}; trying on")]
    public static partial void StoreFailed(ILogger logger, string reason);

    [LoggerMessage(22, LogLevel.Information, "What clients announce is written to the store again")]
    public static partial void StoreWorksAgain(ILogger logger);

    [LoggerMessage(23, LogLevel.Information, "{Count} endpoints were announced before the restart and wait for their clients, {Dropped} have expired or are not permitted any more")]
    public static partial void Restored(ILogger logger, int count, int dropped);
}
