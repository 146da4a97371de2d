using System.Net;
using Microsoft.Extensions.Logging;

namespace Connet.AspNetCore.Diagnostics;

/// <summary>What the endpoints of this package log.</summary>
internal static partial class AspNetCoreLog
{
    [LoggerMessage(1, LogLevel.Debug, "Source {Name}: listening at {EndPoint}.")]
    public static partial void Listening(ILogger logger, string name, EndPoint? endPoint);

    [LoggerMessage(2, LogLevel.Warning, "Endpoint {Name}: {Limit} connections are open; further ones wait until some have ended.")]
    public static partial void Full(ILogger logger, string name, int limit);

    [LoggerMessage(3, LogLevel.Information, "Endpoint {Name}: connections did not finish within the time for shutdown and were ended.")]
    public static partial void Aborted(ILogger logger, string name);

    [LoggerMessage(4, LogLevel.Error, "Destination {Name}: cannot serve.")]
    public static partial void StartFailed(ILogger logger, Exception exception, string name);

    [LoggerMessage(5, LogLevel.Warning, "Endpoint {Name}: {Method} {Path} was answered with {Status}, because {Target} was not reached: {Reason}")]
    public static partial void Unreachable(ILogger logger, string name, string method, string path, int status, string target, string reason);

    [LoggerMessage(6, LogLevel.Debug, "Endpoint {Name}: {Method} {Path} ended early: {Reason}")]
    public static partial void EndedEarly(ILogger logger, string name, string method, string path, string reason);

    [LoggerMessage(7, LogLevel.Error, "Destination {Name}: no longer accepts.")]
    public static partial void AcceptFailed(ILogger logger, Exception exception, string name);

    [LoggerMessage(8, LogLevel.Debug, "Destination {Name}: a connection was not accepted: {Reason}")]
    public static partial void NotAccepted(ILogger logger, string name, string reason);

    [LoggerMessage(9, LogLevel.Warning, "Destination {Name}: {Path} in {Address} cannot be read: {Reason}")]
    public static partial void Unreadable(ILogger logger, string name, string path, string address, string reason);

    [LoggerMessage(10, LogLevel.Warning, "Endpoint {Name}: cannot accept at {EndPoint} right now, trying on: {Reason}")]
    public static partial void CannotAccept(ILogger logger, string name, EndPoint endPoint, string reason);
}
