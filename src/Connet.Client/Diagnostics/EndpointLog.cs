using System.Net;
using Connet.Client.Endpoints;
using Microsoft.Extensions.Logging;

namespace Connet.Client.Diagnostics;

/// <summary>What sources and destinations with an address log.</summary>
internal static partial class EndpointLog
{
    [LoggerMessage(3000, LogLevel.Debug, "Source {Name}: listening at {EndPoint}.")]
    public static partial void Listening(ILogger logger, string name, EndPoint endPoint);

    [LoggerMessage(3001, LogLevel.Warning, "Source {Name}: cannot accept at {EndPoint} right now, trying on: {Reason}")]
    public static partial void AcceptFailed(ILogger logger, string name, EndPoint endPoint, string reason);

    [LoggerMessage(3002, LogLevel.Warning, "Source {Name}: a connection was closed, because the destination was not reached: {Reason}")]
    public static partial void DialFailed(ILogger logger, string name, string reason);

    [LoggerMessage(3003, LogLevel.Warning, "Destination {Name}: a connection was refused, because {Address} was not reached: {Reason}")]
    public static partial void ServiceUnreachable(ILogger logger, string name, EndpointAddress address, string reason);

    [LoggerMessage(3004, LogLevel.Warning, "Endpoint {Name}: {Limit} connections are open; further ones wait until some have ended.")]
    public static partial void Full(ILogger logger, string name, int limit);

    [LoggerMessage(3005, LogLevel.Information, "Endpoint {Name}: {Count} connections did not finish within the time for shutdown and were ended.")]
    public static partial void Aborted(ILogger logger, string name, int count);

    [LoggerMessage(3006, LogLevel.Error, "Endpoint {Name}: a connection failed in a way that should not be.")]
    public static partial void Faulted(ILogger logger, Exception exception, string name);

    [LoggerMessage(3007, LogLevel.Error, "Destination {Name}: no longer accepts.")]
    public static partial void Ended(ILogger logger, Exception exception, string name);

    [LoggerMessage(3020, LogLevel.Warning, "Source {Name}: a connection from {User} was closed before it was carried: {Reason}")]
    public static partial void NotOpened(ILogger logger, string name, EndPoint? user, string reason);

    [LoggerMessage(3040, LogLevel.Warning, "Source {Name}: datagrams of {User} are dropped, because the destination was not reached ({Suppressed} such lines left out): {Reason}")]
    public static partial void FlowDialFailed(ILogger logger, string name, EndPoint user, int suppressed, string reason);

    [LoggerMessage(3041, LogLevel.Warning, "Source {Name}: datagrams of further users are dropped, because {Open} flows are open and {Dialling} of them are not yet through ({Suppressed} such lines left out).")]
    public static partial void FlowsFull(ILogger logger, string name, int open, int dialling, int suppressed);

    [LoggerMessage(3042, LogLevel.Warning, "Source {Name}: cannot receive at {EndPoint} right now, trying on: {Reason}")]
    public static partial void ReceiveFailed(ILogger logger, string name, EndPoint endPoint, string reason);
}
