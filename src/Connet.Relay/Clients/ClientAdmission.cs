using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.ControlRelays;
using Connet.Protocol.Naming;
using Connet.Protocol.Seals;
using Connet.Quic;
using Connet.Relay.Diagnostics;
using Connet.Relay.Uplink;
using Microsoft.Extensions.Logging;
using AuthenticateReq = Connet.Protocol.Relays.AuthenticateReq;
using AuthenticateResp = Connet.Protocol.Relays.AuthenticateResp;

namespace Connet.Relay.Clients;

/// <summary>
/// Decides about new connections: the first stream has to bring a proof of the control server for the certificate of the connection, in time, in
/// little space, and before anything else.
/// </summary>
internal sealed class ClientAdmission(RelayServerOptions options, AdmissionKeys keys, EndpointDirectory directory, TimeProvider clock, ILogger logger)
{
    /// <summary>How long a refused client's answer may take to arrive before the close code has to do.</summary>
    private static readonly TimeSpan s_lastWord = TimeSpan.FromMilliseconds(250);

    private int _waiting;

    /// <summary>How many connections have not been decided about.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Admits a connection, or closes it.</summary>
    /// <returns>The member and its endpoint; null if the connection was closed.</returns>
    public async Task<(RelayMember Member, RelayEndpoint Endpoint)?> AdmitAsync(QuicConnection connection, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > options.MaxUnauthenticatedConnections)
        {
            Interlocked.Decrement(ref _waiting);
            RelayLog.TooManyUnauthenticated(logger, connection.RemoteEndPoint, options.MaxUnauthenticatedConnections);
            await connection.CloseAsync((long)ProtocolErrorCode.Unknown, "too many connections wait for admission", CancellationToken.None).ConfigureAwait(false);
            return null;
        }

        try
        {
            return await DecideAsync(connection, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private async Task<(RelayMember Member, RelayEndpoint Endpoint)?> DecideAsync(QuicConnection connection, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = new(options.AuthenticationTimeout, clock);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        QuicStream? stream = null;
        ProtocolGeneration generation = Alpn.GetGeneration(ConnectionKind.RelayClients, connection.NegotiatedApplicationProtocol);
        try
        {
            stream = await connection.AcceptInboundStreamAsync(stop.Token).ConfigureAwait(false);
            AuthenticateReq request = await ReadAloneAsync(connection, stream, generation, stop).ConfigureAwait(false);
            (RelayMember, RelayEndpoint)? admitted = await AnswerAsync(connection, stream, generation, request, stop.Token).ConfigureAwait(false);
            _ = FinishedStreams.DisposeAtEndAsync(stream, CancellationToken.None);
            stream = null;
            return admitted;
        }
        catch (ProtocolException exception)
        {
            RelayLog.ClientRefused(logger, connection.RemoteEndPoint, exception.Message);
            await RefuseAsync(connection, stream, generation, exception).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            RelayLog.ClientRefused(logger, connection.RemoteEndPoint, "it did not authenticate in time");
            await connection.CloseAsync((long)ProtocolErrorCode.AuthenticationFailed, "no authentication in time", CancellationToken.None).ConfigureAwait(false);
        }
        catch (QuicException exception)
        {
            RelayLog.ClientRefused(logger, connection.RemoteEndPoint, exception.Message);
            await connection.CloseAsync((long)ProtocolErrorCode.AuthenticationFailed, "the first stream brought no authentication", CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            if (stream is not null)
            {
                await stream.DisposeAsync().ConfigureAwait(false);
            }
        }

        return null;
    }

    /// <summary>
    /// Reads the request while nothing else may arrive: what strangers send into further streams would take memory that nobody has agreed to.
    /// </summary>
    private static async Task<AuthenticateReq> ReadAloneAsync(
        QuicConnection connection, QuicStream stream, ProtocolGeneration generation, CancellationTokenSource stop)
    {
        using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        Task<AuthenticateReq?> request = MessageFraming
            .TryReadAsync(stream, AuthenticateReq.Parser, generation, RelayTransport.MaxMessageLength, done.Token).AsTask();
        Task<QuicStream> second = connection.AcceptInboundStreamAsync(done.Token).AsTask();
        await Task.WhenAny(request, second).ConfigureAwait(false);
        await done.CancelAsync().ConfigureAwait(false);
        bool isAlone = !await SucceedsAsync(second).ConfigureAwait(false);
        if (!isAlone)
        {
            await SucceedsAsync(request).ConfigureAwait(false);
            throw new ProtocolException(ProtocolErrorCode.AuthenticationFailed, "A stream was opened before the client was admitted.");
        }

        try
        {
            return await request.ConfigureAwait(false)
                ?? throw new ProtocolException(ProtocolErrorCode.AuthenticationFailed, "The first stream ended without an authentication.");
        }
        catch (ProtocolException exception) when (exception.Code == ProtocolErrorCode.Unknown)
        {
            // Whatever else came in its place, it was no authentication.
            throw new ProtocolException(ProtocolErrorCode.AuthenticationFailed, exception.Message, exception);
        }
    }

    private static async Task<bool> SucceedsAsync(Task task)
    {
        await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return task.IsCompletedSuccessfully;
    }

    private async Task<(RelayMember Member, RelayEndpoint Endpoint)?> AnswerAsync(
        QuicConnection connection, QuicStream stream, ProtocolGeneration generation, AuthenticateReq request, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> certificate = connection.RemoteCertificateChain[0];
        byte[] key = keys.Get()
            ?? throw new ProtocolException(ProtocolErrorCode.AuthenticationFailed, "The relay has lost its control server and admits nobody now.");
        if (!ClientProof.TryOpen(key, request.Authentication.Span, certificate.Span, out ClientAuthentication? proof))
        {
            throw new ProtocolException(
                ProtocolErrorCode.AuthenticationFailed, "The proof is not from the control server, is out of date, or is for another certificate.");
        }

        if (proof.Endpoint is null || proof.Role is not (Role.Source or Role.Destination))
        {
            throw new ProtocolException(ProtocolErrorCode.AuthenticationFailed, "The proof names no endpoint or no role.");
        }

        RelayMember member = new(connection, generation, proof.Endpoint.Name, proof.Role, CertificateKey.Of(certificate.Span));

        // Before the answer: the other side may count on this connection as soon as it has the answer.
        RelayEndpoint endpoint = directory.Add(member)
            ?? throw new ProtocolException(ProtocolErrorCode.Unknown, "The endpoint has too many connections at this relay.");
        connection.LiftReceiveLimit();
        try
        {
            await MessageFraming.WriteAsync(stream, new AuthenticateResp(), generation, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            directory.Remove(member);
            throw;
        }

        stream.CompleteWrites();
        RelayLog.ClientAdmitted(logger, connection.RemoteEndPoint, Name(member.Role), member.Endpoint);
        return (member, endpoint);
    }

    private async Task RefuseAsync(QuicConnection connection, QuicStream? stream, ProtocolGeneration generation, ProtocolException exception)
    {
        if (stream is not null)
        {
            try
            {
                await MessageFraming.WriteAsync(stream, new AuthenticateResp { Error = exception.ToError() }, generation, CancellationToken.None)
                    .AsTask().WaitAsync(s_lastWord, clock).ConfigureAwait(false);
                stream.CompleteWrites();
                await stream.WritesClosed.WaitAsync(s_lastWord, clock).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is IOException or TimeoutException or InvalidOperationException)
            {
                // The close code says the same.
            }
        }

        await connection.CloseAsync(exception.Code.ToCloseCode(), exception.Message, CancellationToken.None).ConfigureAwait(false);
    }

    internal static string Name(Role role) => role == Role.Source ? "source" : "destination";
}
