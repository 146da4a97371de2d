using Connet.Protocol;
using Connet.Quic;
using Connet.Relay.Clients;
using Connet.Relay.Diagnostics;
using Connet.Relay.Forwarding;
using Microsoft.Extensions.Logging;

namespace Connet.Relay;

/// <summary>Takes the connections of the listeners, from admission to their end.</summary>
internal sealed class ClientConnections(ClientAdmission admission, EndpointDirectory directory, StreamService streams, ILogger logger)
{
    /// <summary>Serves the connections of one listener until it is disposed, or its socket fails.</summary>
    public async Task AcceptAsync(QuicListener listener, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                QuicConnection connection = await listener.AcceptConnectionAsync(cancellationToken).ConfigureAwait(false);
                _ = ServeAsync(connection, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is QuicException or OperationCanceledException)
        {
            // The listener was disposed, or its socket failed.
        }
    }

    private async Task ServeAsync(QuicConnection connection, CancellationToken cancellationToken)
    {
        try
        {
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
