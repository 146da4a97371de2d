using System.Net;
using Connet.Client.Diagnostics;
using Connet.Client.Direct;
using Connet.Client.Peers;
using Connet.Protocol;
using Connet.Protocol.Addressing;
using Connet.Protocol.Relays;
using Connet.Protocol.Timing;
using Connet.Quic;
using Google.Protobuf;

namespace Connet.Client.Relays;

/// <summary>Opens connections with one relay.</summary>
internal sealed class RelayDialer(PeerEndpoint endpoint)
{
    /// <summary>Dials all addresses beside each other, staggered; the first handshake wins.</summary>
    /// <exception cref="IOException">No address answers as the relay.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<QuicConnection> ConnectAsync(RelayEntry relay, CancellationToken cancellationToken)
    {
        IReadOnlyList<IPEndPoint> addresses = await ResolveAsync(relay, cancellationToken).ConfigureAwait(false);
        if (addresses.Count == 0)
        {
            throw new ProtocolException(ProtocolErrorCode.Unknown, $"None of the addresses of relay {relay.Id} can be found.");
        }

        using CancellationTokenSource losers = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        TaskCompletionSource<QuicConnection> won = new(TaskCreationOptions.RunContinuationsAsynchronously);
        List<Task<Exception?>> dials = [];
        Exception? failure = null;
        try
        {
            for (int next = 0; ;)
            {
                if (next < addresses.Count)
                {
                    dials.Add(DialAsync(relay, addresses[next++], won, losers.Token));
                }

                Task any = Task.WhenAny([won.Task, .. dials]);
                TimeSpan patience = next < addresses.Count ? PeerTransport.Stagger : Timeout.InfiniteTimeSpan;
                if (next < addresses.Count)
                {
                    await endpoint.Clock.WaitUpToAsync(any, patience, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    await any.WaitAsync(cancellationToken).ConfigureAwait(false);
                }

                if (won.Task.IsCompleted)
                {
                    return await won.Task.ConfigureAwait(false);
                }

                foreach (Task<Exception?> ended in dials.Where(dial => dial.IsCompleted).ToArray())
                {
                    dials.Remove(ended);
                    failure = await ended.ConfigureAwait(false) ?? failure;
                }

                if (dials.Count == 0 && next == addresses.Count)
                {
                    // The winner sets its result before its dial ends.
                    return won.Task.IsCompleted
                        ? await won.Task.ConfigureAwait(false)
                        : throw failure as IOException ?? new ProtocolException(ProtocolErrorCode.Unknown, $"Relay {relay.Id} cannot be reached.", failure);
                }
            }
        }
        finally
        {
            await losers.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(dials).ConfigureAwait(false);
            if (cancellationToken.IsCancellationRequested && won.Task.IsCompletedSuccessfully)
            {
                QuicConnection late = await won.Task.ConfigureAwait(false);
                await late.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Proves on the first stream that this endpoint may use the relay. When it fails the connection is to be closed.</summary>
    /// <exception cref="ProtocolException">The relay refused.</exception>
    /// <exception cref="IOException">The connection ended.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task AuthenticateAsync(RelayEntry relay, QuicConnection connection, CancellationToken cancellationToken)
    {
        using CancellationTokenSource patience = new(endpoint.ClientOptions.HandshakeIdleTimeout, endpoint.Clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            ProtocolGeneration generation = Alpn.GetGeneration(ConnectionKind.RelayClients, connection.NegotiatedApplicationProtocol);
            QuicStream stream = await connection.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, either.Token).ConfigureAwait(false);
            AuthenticateReq request = new()
            {
                Authentication = UnsafeByteOperations.UnsafeWrap(relay.Authentication),
                Metadata = endpoint.ClientOptions.Metadata,
                BuildVersion = BuildVersion.Current,
            };
            await MessageFraming.WriteAsync(stream, request, generation, either.Token).ConfigureAwait(false);
            stream.CompleteWrites();
            AuthenticateResp response = await MessageFraming
                .TryReadAsync(stream, AuthenticateResp.Parser, generation, PeerTransport.MaxMessageLength, either.Token).ConfigureAwait(false)
                ?? throw new ProtocolException(ProtocolErrorCode.AuthenticationFailed, $"Relay {relay.Id} ended the authentication without an answer.");
            ProtocolErrors.ThrowIfSet(response.Error);
            _ = FinishedStreams.DisposeAtEndAsync(stream, CancellationToken.None);
        }
        catch (QuicException exception) when (exception is { QuicError: QuicError.ConnectionAborted, ApplicationErrorCode: { } code })
        {
            // The answer may be lost where the close that follows it is not.
            throw new ProtocolException(ProtocolErrors.FromCloseCode(code), exception.Message, exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ProtocolException(ProtocolErrorCode.Unknown, $"Relay {relay.Id} did not answer the authentication in time.", exception);
        }
    }

    /// <returns>Why it failed; null if it won, lost, or was cancelled. Never faults.</returns>
    private async Task<Exception?> DialAsync(
        RelayEntry relay, IPEndPoint address, TaskCompletionSource<QuicConnection> won, CancellationToken cancellationToken)
    {
        try
        {
            PeerLog.RelayDial(endpoint.Network.Context.Logger, endpoint.ToString(), relay.Id, address);
            QuicConnection connection = await endpoint.Network.Context.Endpoint.ConnectAsync(Options(relay, address), cancellationToken).ConfigureAwait(false);
            if (!won.TrySetResult(connection))
            {
                await connection.CloseAsync(ProtocolErrorCode.RelayKeepaliveClosed.ToCloseCode(), "another address was faster", CancellationToken.None).ConfigureAwait(false);
            }

            return null;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (IOException exception)
        {
            return exception;
        }
    }

    private async Task<IReadOnlyList<IPEndPoint>> ResolveAsync(RelayEntry relay, CancellationToken cancellationToken)
    {
        List<IPEndPoint> found = [];
        using CancellationTokenSource patience = new(endpoint.ClientOptions.HandshakeIdleTimeout, endpoint.Clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        foreach (EndPoint address in relay.Addresses)
        {
            if (address is IPEndPoint literal)
            {
                found.Add(literal);
            }
            else if (address is DnsEndPoint name)
            {
                try
                {
                    IPAddress[] resolved = await AddressText.ResolveAsync(name.Host, either.Token).ConfigureAwait(false);
                    found.AddRange(resolved.Where(CandidateFilter.IsUnicast).Select(ip => new IPEndPoint(ip, name.Port)));
                }
                catch (Exception exception) when (exception is FormatException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
                {
                    PeerLog.RelayNameUnknown(endpoint.Network.Context.Logger, endpoint.ToString(), relay.Id, name.Host);
                }
            }
        }

        IPEndPoint socket = endpoint.Network.Context.Endpoint.LocalEndPoint;
        return [.. found.Distinct().Where(address => CandidateFilter.IsReachableFrom(socket.Address, address.Address)).Take(RelayListReader.MaxAddresses)];
    }

    private QuicClientConnectionOptions Options(RelayEntry relay, IPEndPoint address) => PeerTransport.Apply(
        new QuicClientConnectionOptions
        {
            RemoteEndPoint = address,
            TargetHost = relay.ServerName,
            ApplicationProtocols = Alpn.Identifiers(ConnectionKind.RelayClients, endpoint.ClientOptions.Generation),
            CertificateValidation = QuicCertificateValidation.Pinned(relay.Server.Certificate),
            ClientCertificate = endpoint.Credentials.ClientCertificate,
        },
        endpoint.ClientOptions,
        endpoint.ClientOptions.LivenessInterval);
}
