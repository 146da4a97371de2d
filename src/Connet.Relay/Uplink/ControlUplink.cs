using Connet.Protocol;
using Connet.Protocol.Timing;
using Connet.Quic;
using Connet.Relay.Diagnostics;

namespace Connet.Relay.Uplink;

/// <summary>
/// Keeps the relay known to its control server. There is never more than one authenticated connection, and the old one is closed before the
/// next is dialled: other programs key a relay's entries by its id alone, so that the end of an old connection would remove the new one.
/// </summary>
internal sealed class ControlUplink(UplinkSettings settings)
{
    /// <summary>While the control server stays away, one line in this time.</summary>
    private static readonly TimeSpan s_logInterval = TimeSpan.FromMinutes(1);

    /// <summary>A token that was taken away may be given back, but not within moments, and whoever took it away should not be asked all the time.</summary>
    private static readonly TimeSpan s_refusedPause = TimeSpan.FromSeconds(30);

    private readonly ControlDialer _dialer = new(settings);
    private readonly TaskCompletionSource _authenticated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long? _lastLogged;

    /// <summary>How the relay stands with the control server.</summary>
    public RelayControlState State { get; private set; }

    /// <summary>Completes when the control server has admitted the relay for the first time; fails if that can never be.</summary>
    public Task Authenticated => _authenticated.Task;

    /// <summary>Connects, and connects again, until it is told to end or cannot go on.</summary>
    /// <exception cref="RelayServerException">The relay cannot go on.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ConnectForeverAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _authenticated.TrySetException(new RelayServerException("The relay was stopped."));
        }
        catch (Exception exception)
        {
            _authenticated.TrySetException(exception);
            throw;
        }
        finally
        {
            State = RelayControlState.Disconnected;
            settings.Keys.Lose();

            // Nobody has to wait for it; a failure is reported by the relay's completion too.
            _ = _authenticated.Task.Exception;
        }
    }

    private async Task ConnectForeverAsync(CancellationToken cancellationToken)
    {
        TimeSpan pause = settings.Options.ReconnectBackoffInitial;
        while (true)
        {
            long began = settings.Clock.GetTimestamp();
            bool isRefused = false;
            try
            {
                await ConnectOnceAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (ControlUnreachableException exception)
            {
                if (settings.Options.FailFast && State == RelayControlState.NotConnected)
                {
                    throw new RelayServerException($"The control server at {settings.Options.ControlAddress} cannot be reached: {exception.Message}.", exception);
                }

                LogUnreachable(exception);
            }
            catch (RelayServerException exception)
                when (State == RelayControlState.Reconnecting && exception.InnerException is QuicException { QuicError: QuicError.TlsError })
            {
                // It was trusted before: a certificate in the middle of its renewal is no reason to leave the clients.
                LogUnreachable(exception);
            }
            catch (RelayServerException exception) when (State == RelayControlState.Reconnecting && !settings.Options.FailFast && IsTokenRefused(exception))
            {
                // Nor is a list of tokens with a mistake in it.
                isRefused = true;
                LogUnreachable(exception);
            }

            // Whatever lasted longer than the longest pause was no rapid failure: the next attempt is a first one.
            if (settings.Clock.GetElapsedTime(began) >= settings.Options.ReconnectBackoffMax)
            {
                pause = settings.Options.ReconnectBackoffInitial;
            }

            await settings.Clock.DelayAsync(isRefused ? s_refusedPause : pause, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < settings.Options.ReconnectBackoffMax ? pause * 2 : settings.Options.ReconnectBackoffMax;
        }
    }

    private static bool IsTokenRefused(RelayServerException exception) => exception.InnerException
        is ProtocolException { Code: ProtocolErrorCode.AuthenticationFailed }
        or QuicException { ApplicationErrorCode: (long)ProtocolErrorCode.AuthenticationFailed };

    /// <summary>Connects and stays for as long as the connection lives.</summary>
    private async Task ConnectOnceAsync(CancellationToken cancellationToken)
    {
        QuicConnection connection = await _dialer.DialAsync(cancellationToken).ConfigureAwait(false);
        ControlSession session = await ControlSession.StartAsync(connection, settings, cancellationToken).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            Remember(session);
            settings.Keys.Set(session.Key);
            State = RelayControlState.Connected;
            _lastLogged = null;
            RelayLog.ControlConnected(settings.Logger, settings.Options.ControlAddress, session.ControlId);
            _authenticated.TrySetResult();
            string reason = await session.WaitForEndAsync(cancellationToken).ConfigureAwait(false);
            State = RelayControlState.Reconnecting;
            settings.Keys.Lose();
            RelayLog.ControlLost(settings.Logger, settings.Options.ControlAddress, reason);
        }
    }

    private void Remember(ControlSession session)
    {
        RelayMemory memory = settings.Memory;
        if (memory.ControlId is { } known && known != session.ControlId)
        {
            throw new RelayServerException(
                $"The control server at {settings.Options.ControlAddress} has the id {session.ControlId}, and this relay belongs to the one with the id {known}: "
                + $"correct the address, or {memory.HowToForget} to accept the new one.");
        }

        try
        {
            memory.Remember(session.ControlId, session.ReconnectToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The relay works without; only a restart would make it a stranger.
            RelayLog.StateNotWritten(settings.Logger, exception.Message);
        }
    }

    private void LogUnreachable(ConnetException exception)
    {
        if (_lastLogged is not { } last || settings.Clock.GetElapsedTime(last) >= s_logInterval)
        {
            _lastLogged = settings.Clock.GetTimestamp();
            RelayLog.ControlUnreachable(settings.Logger, settings.Options.ControlAddress, exception.Message);
        }
    }
}
