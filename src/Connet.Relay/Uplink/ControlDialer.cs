using System.Net;
using System.Net.Sockets;
using Connet.Protocol;
using Connet.Protocol.Addressing;
using Connet.Protocol.Timing;
using Connet.Quic;

namespace Connet.Relay.Uplink;

/// <summary>
/// Makes one QUIC connection to the control server. All of its addresses are tried, a little apart, and again with a fresh attempt each second
/// while there is no answer: a handshake that began before the server came up would wait for its next retransmission, seconds later. The first
/// that is established wins; the others are given up before they say anything.
/// </summary>
internal sealed class ControlDialer(UplinkSettings settings)
{
    /// <summary>Between the addresses of one round (design.md).</summary>
    private static readonly TimeSpan s_stagger = TimeSpan.FromMilliseconds(50);

    /// <summary>Between rounds.</summary>
    private static readonly TimeSpan s_round = TimeSpan.FromSeconds(1);

    /// <summary>How long other addresses may still answer after one has refused TLS.</summary>
    private static readonly TimeSpan s_afterRefusal = TimeSpan.FromMilliseconds(500);

    /// <summary>More addresses than this are a mistake, or an attack by way of a name server.</summary>
    private const int MaxAddresses = 8;

    /// <summary>How many streams a control connection may carry.</summary>
    private const int MaxStreams = 1024;

    /// <summary>Dials until something answers or <see cref="RelayServerOptions.HandshakeIdleTimeout"/> has passed.</summary>
    /// <exception cref="ControlUnreachableException">Nothing answered.</exception>
    /// <exception cref="RelayServerException">The control server is not trusted, or speaks another protocol.</exception>
    public async Task<QuicConnection> DialAsync(CancellationToken cancellationToken)
    {
        IPEndPoint[] addresses = await ResolveAsync(cancellationToken).ConfigureAwait(false);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task<QuicConnection>> pending = [];
        try
        {
            return await RaceAsync(addresses, pending, stop.Token, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            foreach (Task<QuicConnection> attempt in pending)
            {
                _ = AbandonAsync(attempt);
            }
        }
    }

    private async Task<QuicConnection> RaceAsync(
        IPEndPoint[] addresses, List<Task<QuicConnection>> pending, CancellationToken attempts, CancellationToken cancellationToken)
    {
        TimeSpan patience = settings.Options.HandshakeIdleTimeout;
        long started = settings.Clock.GetTimestamp();
        long? refusedAt = null;
        QuicException? refusal = null;
        Exception? last = null;
        Task nextRound = Task.CompletedTask;
        while (true)
        {
            if (refusal is not null && (pending.Count == 0 || settings.Clock.GetElapsedTime(refusedAt!.Value) >= s_afterRefusal))
            {
                throw Refused(refusal);
            }

            if (last is not null && pending.Count == 0)
            {
                throw new ControlUnreachableException(last.Message, last);
            }

            if (settings.Clock.GetElapsedTime(started) >= patience)
            {
                throw new ControlUnreachableException(last?.Message ?? $"{settings.Options.ControlAddress} did not answer within {patience.TotalSeconds:0.#} s");
            }

            if (nextRound.IsCompleted && refusal is null)
            {
                for (int i = 0; i < addresses.Length; i++)
                {
                    pending.Add(AttemptAsync(addresses[i], s_stagger * i, attempts));
                }
            }

            if (nextRound.IsCompleted)
            {
                nextRound = settings.Clock.PauseAsync(refusal is null ? s_round : s_afterRefusal, attempts);
            }

            Task ended = await Task.WhenAny([.. pending, nextRound]).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (ended is Task<QuicConnection> attempt)
            {
                pending.Remove(attempt);
                try
                {
                    return await attempt.ConfigureAwait(false);
                }
                catch (QuicException exception) when (exception.QuicError == QuicError.TlsError)
                {
                    refusal ??= exception;
                    refusedAt ??= settings.Clock.GetTimestamp();
                    nextRound = settings.Clock.PauseAsync(s_afterRefusal, attempts);
                }
                catch (Exception exception) when (exception is QuicException or ArgumentException or ObjectDisposedException)
                {
                    last = exception;
                }
            }
        }
    }

    private async Task<QuicConnection> AttemptAsync(IPEndPoint address, TimeSpan delay, CancellationToken cancellationToken)
    {
        if (delay > TimeSpan.Zero)
        {
            await settings.Clock.DelayAsync(delay, cancellationToken).ConfigureAwait(false);
        }

        RelayServerOptions options = settings.Options;
        UplinkIdentity identity = settings.Identity;
        QuicClientConnectionOptions connection = new()
        {
            RemoteEndPoint = address,
            TargetHost = identity.ServerName,
            ApplicationProtocols = Alpn.Identifiers(ConnectionKind.ControlRelays, options.Generation),
            CertificateValidation = identity.Validation,
            HandshakeIdleTimeout = options.HandshakeIdleTimeout,
            MaxInboundUnidirectionalStreams = 0,
            MaxInboundBidirectionalStreams = MaxStreams,
            MaxOutboundBidirectionalStreams = MaxStreams,
            IdleTimeout = RelayTransport.IdleTimeout,
            KeepAliveInterval = options.LivenessInterval,
        };
        return await settings.Socket.ConnectAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IPEndPoint[]> ResolveAsync(CancellationToken cancellationToken)
    {
        (string host, int port) = settings.Options.ControlHostAndPort();
        IPAddress[] found;
        try
        {
            found = await AddressText.ResolveAsync(host, cancellationToken).ConfigureAwait(false);
        }
        catch (FormatException exception)
        {
            throw new ControlUnreachableException(exception.Message.TrimEnd('.'), exception);
        }

        IPEndPoint[] usable = [.. found.Select(IpText.Normalize).Where(IsUsable).Distinct().Take(MaxAddresses).Select(address => new IPEndPoint(address, port))];
        return usable.Length > 0
            ? usable
            : throw new ControlUnreachableException($"no address of {host} can be reached from the relay's first socket, which is bound to {settings.Socket.LocalEndPoint}");
    }

    /// <summary>A socket reaches its own family, and IPv4 too if it is bound to all interfaces of both.</summary>
    private bool IsUsable(IPAddress address)
    {
        IPAddress own = settings.Socket.LocalEndPoint.Address;
        return address.AddressFamily == own.AddressFamily || (own.Equals(IPAddress.IPv6Any) && address.AddressFamily == AddressFamily.InterNetwork);
    }

    private RelayServerException Refused(QuicException refusal)
    {
        string address = settings.Options.ControlAddress;
        string problem =
            HandshakeAlerts.IsForCertificate(refusal.TransportErrorCode)
                ? $"The certificate of the control server at {address} is not trusted, check the relay's file of authorities and the server's name"
            : HandshakeAlerts.IsForProtocol(refusal.TransportErrorCode)
                ? $"What answers at {address} does not serve relays, check that this is the control server's address for relays"
            : $"The control server at {address} is not trusted, or does not serve relays there";
        return new RelayServerException($"{problem}: {refusal.Message}", refusal);
    }

    /// <summary>An attempt that succeeds after all is one too many.</summary>
    private static async Task AbandonAsync(Task<QuicConnection> attempt)
    {
        try
        {
            QuicConnection connection = await attempt.ConfigureAwait(false);
            await connection.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is QuicException or OperationCanceledException or ArgumentException or ObjectDisposedException)
        {
            // Nobody waits for it any more.
        }
    }
}
