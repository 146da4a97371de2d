using System.Net;
using Microsoft.Extensions.Logging;

namespace Connet.Client.Diagnostics;

/// <summary>What the client logs about its control server, its addresses and its own life. Event ids are stable.</summary>
internal static partial class ControlLog
{
    [LoggerMessage(1000, LogLevel.Information, "Connected to the control server {Server}, which sees this client at {PublicEndPoint}")]
    public static partial void Connected(ILogger logger, IPEndPoint server, IPEndPoint publicEndPoint);

    [LoggerMessage(1001, LogLevel.Warning, "{Reason} Trying again; this is said once a minute")]
    public static partial void ServerNotReached(ILogger logger, string reason);

    [LoggerMessage(1002, LogLevel.Warning, "The connection to the control server {Server} ended, connecting again; existing paths are kept: {Reason}")]
    public static partial void ConnectionLost(ILogger logger, IPEndPoint server, string reason);

    [LoggerMessage(1003, LogLevel.Information, "The control server {Server} has been silent for {Seconds:0.0} s: a second connection is tried beside")]
    public static partial void ServerSilent(ILogger logger, IPEndPoint server, double seconds);

    [LoggerMessage(1004, LogLevel.Information, "The control server {Server} answers again on the old connection")]
    public static partial void ServerSpeaksAgain(ILogger logger, IPEndPoint server);

    [LoggerMessage(1005, LogLevel.Warning, "The stateless reset key {Path} cannot be kept, so peers notice a restart of this client later: {Reason}")]
    public static partial void ResetKeyNotKept(ILogger logger, string path, string reason);

    [LoggerMessage(1006, LogLevel.Debug, "Announcing {Addresses} direct addresses for {Role} {Endpoint}, and {Relays} relays")]
    public static partial void Announced(ILogger logger, string role, string endpoint, int addresses, int relays);

    [LoggerMessage(1007, LogLevel.Error, "The control server does not serve the {Role} {Endpoint}, which is asked for again later: {Reason}")]
    public static partial void EndpointRefused(ILogger logger, string role, string endpoint, string reason);

    [LoggerMessage(1008, LogLevel.Debug, "The control server ended the {Stream} stream of the {Role} {Endpoint}; it is opened again")]
    public static partial void StreamEnded(ILogger logger, string stream, string role, string endpoint);

    [LoggerMessage(1009, LogLevel.Warning, "The {Stream} stream of the {Role} {Endpoint} failed and is opened again: {Reason}")]
    public static partial void StreamFailed(ILogger logger, string stream, string role, string endpoint, string reason);

    [LoggerMessage(1010, LogLevel.Warning, "A list of {Count} {Kind} for {Endpoint} is longer than the {Limit} that are taken; the rest is left out")]
    public static partial void ListCut(ILogger logger, string kind, string endpoint, int count, int limit);

    [LoggerMessage(1011, LogLevel.Information, "The client's addresses changed: {Addresses}")]
    public static partial void AddressesChanged(ILogger logger, string addresses);

    [LoggerMessage(1012, LogLevel.Error, "The client stopped: {Reason}")]
    public static partial void ClientFailed(ILogger logger, string reason);

    [LoggerMessage(1013, LogLevel.Warning, "The local addresses cannot be listed: {Reason}")]
    public static partial void InterfacesUnreadable(ILogger logger, string reason);

    [LoggerMessage(1014, LogLevel.Error, "The {Role} {Endpoint} failed on a message of the control server; its stream is opened again")]
    public static partial void EndpointFault(ILogger logger, string role, string endpoint, Exception exception);
}
