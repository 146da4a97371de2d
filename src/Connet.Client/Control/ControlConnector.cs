using System.Net;
using Connet.Client.Diagnostics;
using Connet.Protocol;
using Connet.Protocol.Addressing;
using Connet.Protocol.Timing;
using Connet.Quic;
using Google.Protobuf;

namespace Connet.Client.Control;

/// <summary>
/// Reaches the control server: all its addresses, a little after one another, and while nobody answers a fresh round each second beside the
/// attempts under way, because a server that has just come back knows nothing of the packets that it missed. The first attempt that is
/// authenticated wins and the others are cancelled. One call at a time.
/// </summary>
internal sealed class ControlConnector
{
    /// <summary>More addresses of one name are not tried in one round.</summary>
    private const int MaxAddresses = 8;

    /// <summary>With so many attempts under way, no round is added.</summary>
    private const int MaxAttempts = 16;

    private static readonly TimeSpan s_stagger = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_freshRound = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_logInterval = TimeSpan.FromMinutes(1);

    /// <summary>A token that was taken away may be given back, but not within moments, and whoever took it away should not be asked all the time.</summary>
    private static readonly TimeSpan s_refusedPause = TimeSpan.FromSeconds(30);

    private readonly ClientContext _context;
    private readonly ControlAttempt _attempt;
    private readonly string _host;
    private readonly int _port;
    private readonly IReadOnlyList<string> _protocols;
    private volatile QuicCertificateValidation _validation;
    private ByteString _reconnectToken = ByteString.Empty;

    /// <param name="context">The client.</param>
    /// <param name="validation">How the server's certificate is checked.</param>
    public ControlConnector(ClientContext context, QuicCertificateValidation validation)
    {
        _context = context;
        (_host, _port) = AddressText.Split(context.Options.ServerAddress, ConnetClientOptions.DefaultServerPort);
        _validation = validation;
        _attempt = new ControlAttempt(context, () => Validation, _host);
        _protocols = Alpn.Identifiers(ConnectionKind.ControlClients, context.Options.Generation);
    }

    /// <summary>How the server's certificate is checked, from the next attempt on.</summary>
    public QuicCertificateValidation Validation { get => _validation; set => _validation = value; }

    /// <summary>Tries until the server accepts this client.</summary>
    /// <param name="isFirst">
    /// Whether the client is starting. Then whatever will not change by itself ends the attempt: an error as the answer, a certificate that is
    /// not trusted, and with <see cref="ConnetClientOptions.FailFast"/> no answer. Later only a socket that failed does, and with
    /// <see cref="ConnetClientOptions.FailFast"/> a refused token: a certificate that is being replaced, or a list of tokens with a mistake in it, comes in order.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ConnetClientException">It will not.</exception>
    public async Task<ControlConnection> ConnectAsync(bool isFirst, CancellationToken cancellationToken)
    {
        using CancellationTokenSource losers = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task<AttemptResult>> pending = [];
        Backoff backoff = new(_context.Options.ReconnectBackoffInitial, _context.Options.ReconnectBackoffMax);
        Failures failures = new(_context, isFirst);
        try
        {
            while (true)
            {
                await StartRoundAsync(pending, failures, losers.Token).ConfigureAwait(false);
                if (await WaitAsync(pending, failures, losers.Token).ConfigureAwait(false) is { } connection)
                {
                    _reconnectToken = connection.ReconnectToken.IsEmpty ? _reconnectToken : connection.ReconnectToken;
                    return connection;
                }

                if (pending.Count == 0)
                {
                    failures.ThrowIfLast();
                    await _context.Clock.DelayAsync(failures.TakeRefusal() ? s_refusedPause : backoff.Next(), losers.Token).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            await losers.CancelAsync().ConfigureAwait(false);
            await CloseLosersAsync(pending).ConfigureAwait(false);
        }
    }

    private static async Task CloseLosersAsync(List<Task<AttemptResult>> pending)
    {
        foreach (Task<AttemptResult> attempt in pending)
        {
            if ((await attempt.ConfigureAwait(false)).Connection is { } late)
            {
                await late.CloseAsync("another connection was first").ConfigureAwait(false);
            }
        }
    }

    private async Task StartRoundAsync(List<Task<AttemptResult>> pending, Failures failures, CancellationToken cancellationToken)
    {
        Task<IPAddress[]> lookUp = AddressText.ResolveAsync(_host, cancellationToken).AsTask();
        if (pending.Count > 0 && !lookUp.IsCompleted)
        {
            // A slow look-up must not hide that an attempt has succeeded meanwhile; the next round asks again.
            Task found = QuietTasks.QuietlyAsync(lookUp);
            if (await Task.WhenAny(found, Task.WhenAny(pending)).ConfigureAwait(false) != found)
            {
                return;
            }
        }

        IPAddress[] addresses;
        try
        {
            addresses = [.. (await lookUp.ConfigureAwait(false)).Where(IsReachable).Take(MaxAddresses)];
        }
        catch (FormatException exception)
        {
            failures.Add(new(
                AttemptOutcome.Failed, null, new(ConnetClientError.ServerUnreachable, $"The control server cannot be reached: {exception.Message}", exception)));
            return;
        }

        if (addresses.Length == 0)
        {
            string text = $"The control server {_host} has no address that can be reached from the socket on {_context.Endpoint.LocalEndPoint}.";
            failures.Add(new(AttemptOutcome.Failed, null, new(ConnetClientError.ServerUnreachable, text)));
        }

        for (int i = 0; i < addresses.Length && pending.Count < MaxAttempts; i++)
        {
            pending.Add(AttemptAsync(new IPEndPoint(addresses[i], _port), s_stagger * i, cancellationToken));
        }
    }

    private async Task<AttemptResult> AttemptAsync(IPEndPoint remote, TimeSpan delay, CancellationToken cancellationToken)
    {
        await _context.Clock.PauseAsync(delay, cancellationToken).ConfigureAwait(false);
        return await _attempt.RunAsync(remote, _protocols, _reconnectToken, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until an attempt succeeds, all have failed, or it is time for a fresh round.</summary>
    private async Task<ControlConnection?> WaitAsync(List<Task<AttemptResult>> pending, Failures failures, CancellationToken cancellationToken)
    {
        using CancellationTokenSource waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task freshRound = _context.Clock.PauseAsync(s_freshRound, waiting.Token);
        try
        {
            while (pending.Count > 0)
            {
                Task<Task<AttemptResult>> attempt = Task.WhenAny(pending);
                await Task.WhenAny(attempt, failures.NeedsNoFreshRound && freshRound.IsCompleted ? attempt : freshRound).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                if (!attempt.IsCompleted)
                {
                    failures.ThrowIfFinal();
                    if (failures.NeedsNoFreshRound)
                    {
                        continue;
                    }

                    return null;
                }

                Task<AttemptResult> ended = await attempt.ConfigureAwait(false);
                pending.Remove(ended);
                AttemptResult result = await ended.ConfigureAwait(false);
                if (result.Connection is { } connection)
                {
                    return connection;
                }

                failures.Add(result);
            }

            return null;
        }
        finally
        {
            await waiting.CancelAsync().ConfigureAwait(false);
        }
    }

    private bool IsReachable(IPAddress address)
    {
        IPAddress local = _context.Endpoint.LocalEndPoint.Address;
        return address.AddressFamily == local.AddressFamily || local.Equals(IPAddress.IPv6Any);
    }

    /// <summary>What went wrong in one call: decides whether it is final, and says so once a minute.</summary>
    private sealed class Failures(ClientContext context, bool isFirst)
    {
        private ConnetClientException? _last;
        private ConnetClientException? _notTrusted;
        private AttemptOutcome? _logged;
        private long _lastLog;
        private bool _isRefused;

        /// <summary>Whether the attempts under way decide.</summary>
        public bool NeedsNoFreshRound => IsOneRoundOnly || _isRefused;

        private bool IsOneRoundOnly => isFirst && context.Options.FailFast;

        /// <summary>Whether the token was refused since this was asked last.</summary>
        public bool TakeRefusal()
        {
            bool isRefused = _isRefused;
            _isRefused = false;
            return isRefused;
        }

        public void Add(AttemptResult result)
        {
            if (result.Failure is not { } failure)
            {
                return;
            }

            if (IsFinal(result.Outcome))
            {
                throw failure;
            }

            _isRefused |= result.Outcome == AttemptOutcome.TokenRefused;
            _last = failure;
            if (isFirst && result.Outcome == AttemptOutcome.CertificateNotTrusted)
            {
                _notTrusted = failure;
                return;
            }

            if (!IsOneRoundOnly && (_logged != result.Outcome || context.Clock.GetElapsedTime(_lastLog) >= s_logInterval))
            {
                _logged = result.Outcome;
                _lastLog = context.Clock.GetTimestamp();
                ControlLog.ServerNotReached(context.Logger, failure.Message);
            }
        }

        private bool IsFinal(AttemptOutcome outcome) => outcome switch
        {
            AttemptOutcome.SocketFailed => true,
            AttemptOutcome.TokenRefused => isFirst || context.Options.FailFast,
            AttemptOutcome.Refused => isFirst,
            _ => false,
        };

        /// <summary>The other addresses of the server had their time.</summary>
        public void ThrowIfFinal()
        {
            if (_notTrusted is not null)
            {
                throw _notTrusted;
            }
        }

        public void ThrowIfLast()
        {
            ThrowIfFinal();
            if (IsOneRoundOnly && _last is not null)
            {
                throw _last;
            }
        }
    }
}
