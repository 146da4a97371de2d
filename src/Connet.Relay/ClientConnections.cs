using System.Collections.Concurrent;
using Connet.Protocol;
using Connet.Protocol.Addressing;
using Connet.Quic;
using Connet.Relay.Clients;
using Connet.Relay.Diagnostics;
using Connet.Relay.Forwarding;
using Microsoft.Extensions.Logging;

namespace Connet.Relay;

/// <summary>Takes the connections of the listeners, from admission to their end.</summary>
internal sealed class ClientConnections(ClientAdmission admission, EndpointDirectory directory, StreamService streams, ILogger logger)
{
    private readonly ConcurrentDictionary<QuicConnection, RelaySocket> _open = new();

    /// <summary>Closes the connections whose addresses their sockets do not permit any more, with code 100.</summary>
    public async Task RecheckAsync() =>
        await Task.WhenAll(_open.Select(each => DenyAsync(each.Key, each.Value))).ConfigureAwait(false);

    /// <summary>Serves the connections of one listener until it is disposed, or its socket fails.</summary>
    public async Task AcceptAsync(RelaySocket socket, QuicListener listener, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                QuicConnection connection = await listener.AcceptConnectionAsync(cancellationToken).ConfigureAwait(false);
                _ = ServeAsync(socket, connection, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is QuicException or OperationCanceledException)
        {
            // The listener was disposed, or its socket failed.
        }
    }

    /// <returns>Whether the connection was closed.</returns>
    private async Task<bool> DenyAsync(QuicConnection connection, RelaySocket socket)
    {
        if (socket.Addresses.IsAllowed(IpText.Normalize(connection.RemoteEndPoint.Address)))
        {
            return false;
        }

        RelayLog.AddressDenied(logger, connection.RemoteEndPoint);
        await connection.CloseAsync(
            (long)ProtocolErrorCode.AuthenticationFailed, "connections from this address are not permitted", CancellationToken.None).ConfigureAwait(false);
        return true;
    }

    private async Task ServeAsync(RelaySocket socket, QuicConnection connection, CancellationToken cancellationToken)
    {
        // The rules may have changed during the handshake: first it is known, then it is looked at.
        _open.TryAdd(connection, socket);
        try
        {
            if (await DenyAsync(connection, socket).ConfigureAwait(false))
            {
                return;
            }

            if (await admission.AdmitAsync(connection, cancellationToken).ConfigureAwait(false) is var (member, endpoint))
            {
                await ServeMemberAsync(member, endpoint, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The relay ends, and closes the connections.
        }
        catch (Exception exception)
        {
            RelayLog.ConnectionFault(logger, connection.RemoteEndPoint, exception);
            await connection.CloseAsync((long)ProtocolErrorCode.Unknown, "a fault in the relay", CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _open.TryRemove(connection, out _);
        }
    }

    private async Task ServeMemberAsync(RelayMember member, RelayEndpoint endpoint, CancellationToken cancellationToken)
    {
        string reason = "";
        try
        {
            while (true)
            {
                QuicStream stream = await member.Connection.AcceptInboundStreamAsync(cancellationToken).ConfigureAwait(false);
                _ = streams.ServeAsync(member, endpoint, stream, cancellationToken);
            }
        }
        catch (QuicException exception)
        {
            reason = exception.Message;
        }
        finally
        {
            directory.Remove(member);
            RelayLog.ClientLeft(logger, member.Connection.RemoteEndPoint, ClientAdmission.Name(member.Role), member.Endpoint, reason);
        }
    }
}
