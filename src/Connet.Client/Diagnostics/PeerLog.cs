using System.Net;
using Microsoft.Extensions.Logging;

namespace Connet.Client.Diagnostics;

/// <summary>What sources and destinations log about peers, relays and paths. Event ids are stable.</summary>
internal static partial class PeerLog
{
    [LoggerMessage(2000, LogLevel.Information, "{Endpoint}: direct path to peer {Peer} via {RemoteEndPoint} ({Origin})")]
    public static partial void DirectPathOpened(ILogger logger, string endpoint, string peer, IPEndPoint remoteEndPoint, string origin);

    [LoggerMessage(2001, LogLevel.Information, "{Endpoint}: direct path to peer {Peer} via {RemoteEndPoint} ended: {Reason}")]
    public static partial void DirectPathClosed(ILogger logger, string endpoint, string peer, IPEndPoint remoteEndPoint, string reason);

    [LoggerMessage(2002, LogLevel.Debug, "{Endpoint}: an older connection of peer {Peer} is replaced by the one from {RemoteEndPoint}")]
    public static partial void PathReplaced(ILogger logger, string endpoint, string peer, IPEndPoint remoteEndPoint);

    [LoggerMessage(2003, LogLevel.Debug, "{Endpoint}: dialling peer {Peer} at {RemoteEndPoint}")]
    public static partial void DirectDial(ILogger logger, string endpoint, string peer, IPEndPoint remoteEndPoint);

    [LoggerMessage(2004, LogLevel.Debug, "{Endpoint}: peer {Peer} was not reached at {RemoteEndPoint}: {Reason}")]
    public static partial void DirectDialFailed(ILogger logger, string endpoint, string peer, IPEndPoint remoteEndPoint, string reason);

    [LoggerMessage(2005, LogLevel.Debug, "{Endpoint}: the connection of peer {Peer} from {RemoteEndPoint} did not pass the check: {Reason}")]
    public static partial void CheckFailed(ILogger logger, string endpoint, string peer, IPEndPoint remoteEndPoint, string reason);

    [LoggerMessage(2006, LogLevel.Debug, "A peer connection from {RemoteEndPoint} was closed: it was not expected")]
    public static partial void UnexpectedPeer(ILogger logger, IPEndPoint remoteEndPoint);

    [LoggerMessage(2010, LogLevel.Debug, "{Endpoint}: peer {Peer} with {Addresses} addresses and {Relays} relays")]
    public static partial void PeerFound(ILogger logger, string endpoint, string peer, int addresses, int relays);

    [LoggerMessage(2011, LogLevel.Debug, "{Endpoint}: peer {Peer} is gone")]
    public static partial void PeerGone(ILogger logger, string endpoint, string peer);

    [LoggerMessage(2012, LogLevel.Warning, "{Endpoint}: the control server's list of peers was not used in full: {Problem}")]
    public static partial void PeerRejected(ILogger logger, string endpoint, string problem);

    [LoggerMessage(2020, LogLevel.Information, "{Endpoint}: path through relay {Relay} via {RemoteEndPoint}")]
    public static partial void RelayPathOpened(ILogger logger, string endpoint, string relay, IPEndPoint remoteEndPoint);

    [LoggerMessage(2021, LogLevel.Information, "{Endpoint}: path through relay {Relay} ended: {Reason}")]
    public static partial void RelayPathClosed(ILogger logger, string endpoint, string relay, string reason);

    [LoggerMessage(2022, LogLevel.Debug, "{Endpoint}: relay {Relay} with {Addresses} addresses")]
    public static partial void RelayFound(ILogger logger, string endpoint, string relay, int addresses);

    [LoggerMessage(2023, LogLevel.Debug, "{Endpoint}: relay {Relay} is gone")]
    public static partial void RelayGone(ILogger logger, string endpoint, string relay);

    [LoggerMessage(2024, LogLevel.Debug, "{Endpoint}: dialling relay {Relay} at {RemoteEndPoint}")]
    public static partial void RelayDial(ILogger logger, string endpoint, string relay, IPEndPoint remoteEndPoint);

    [LoggerMessage(2025, LogLevel.Debug, "{Endpoint}: relay {Relay} was not reached: {Reason}")]
    public static partial void RelayFailed(ILogger logger, string endpoint, string relay, string reason);

    [LoggerMessage(2026, LogLevel.Warning, "{Endpoint}: relay {Relay} refused this client: {Reason}")]
    public static partial void RelayRefused(ILogger logger, string endpoint, string relay, string reason);

    [LoggerMessage(2027, LogLevel.Debug, "{Endpoint}: relay {Relay} is silent; a fresh connection is dialled")]
    public static partial void RelaySilent(ILogger logger, string endpoint, string relay);

    [LoggerMessage(2028, LogLevel.Warning, "{Endpoint}: the control server's list of relays was not used in full: {Problem}")]
    public static partial void RelayRejected(ILogger logger, string endpoint, string problem);

    [LoggerMessage(2029, LogLevel.Debug, "{Endpoint}: the host {Host} of relay {Relay} cannot be found")]
    public static partial void RelayNameUnknown(ILogger logger, string endpoint, string relay, string host);

    [LoggerMessage(2040, LogLevel.Debug, "{Endpoint}: a connection over {Path} was refused: {Reason}")]
    public static partial void StreamRefused(ILogger logger, string endpoint, string path, string reason);

    [LoggerMessage(2041, LogLevel.Debug, "{Endpoint}: a stream over {Path} was given up: {Reason}")]
    public static partial void StreamFailed(ILogger logger, string endpoint, string path, string reason);

    [LoggerMessage(2042, LogLevel.Information, "{Endpoint}: a connection through relay {Relay} is not end-to-end encrypted")]
    public static partial void PlainStream(ILogger logger, string endpoint, string relay);

    [LoggerMessage(2043, LogLevel.Warning, "{Endpoint}: {Reason}")]
    public static partial void KeyRefused(ILogger logger, string endpoint, string reason);

    [LoggerMessage(2044, LogLevel.Debug, "{Endpoint}: dial over {Path}")]
    public static partial void Dial(ILogger logger, string endpoint, string path);

    [LoggerMessage(2045, LogLevel.Debug, "{Endpoint}: dial over {Path} failed: {Reason}")]
    public static partial void DialFailed(ILogger logger, string endpoint, string path, string reason);

    [LoggerMessage(2046, LogLevel.Debug, "{Endpoint}: no answer yet over {Path}; the next path is tried beside it")]
    public static partial void DialHedged(ILogger logger, string endpoint, string path);

    [LoggerMessage(2047, LogLevel.Debug,
        "{Endpoint}: a flow of datagrams over {Path} has ended, {Sent} sent, {SendsDropped} not sent, {Received} received, {ReceivesDropped} dropped: {Reason}")]
    public static partial void FlowEnded(
        ILogger logger, string endpoint, string path, long sent, long sendsDropped, long received, long receivesDropped, string reason);

    [LoggerMessage(2060, LogLevel.Warning, "{Endpoint}: {Problem}")]
    public static partial void SettingWithoutEffect(ILogger logger, string endpoint, string problem);

    [LoggerMessage(2090, LogLevel.Error, "A task of {Owner} ended with a fault")]
    public static partial void TaskFailed(ILogger logger, string owner, Exception exception);
}
