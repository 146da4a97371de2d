namespace Connet.Protocol.Encryption.Tls;

// The handshake, and the ends: of the writing side, of a session that failed, of the stream.
internal sealed partial class TlsRelayStream
{
    private bool _isHandshaking;
    private bool _endsWhenReady;

    /// <summary>Whether the caller has disposed of the stream.</summary>
    private bool _isDisposed;

    /// <summary>Whether nothing is left of the session.</summary>
    private bool _isReleased;

    /// <summary>Sends the last bytes of the writing side. Never faults.</summary>
    private volatile Task _last = Task.CompletedTask;

    /// <summary>Makes the handshake. Call it once. A disposal meanwhile lets it finish, so that the connection ends in order.</summary>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="clock">Measures the time.</param>
    /// <param name="cancellationToken">Gives up: the stream is of no more use.</param>
    /// <exception cref="ProtocolException">
    /// The other side is not who it should be, refuses this side, takes too long, or speaks no TLS: <see cref="ProtocolErrorCode.DestinationRelayEncryptionError"/>.
    /// </exception>
    /// <exception cref="IOException">The stream was reset.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task HandshakeAsync(TimeSpan timeout, TimeProvider clock, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            ThrowIfDisposed();
            _isHandshaking = true;
        }

        using CancellationTokenSource patience = new(timeout, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        Exception? failure = null;
        try
        {
            await ExchangeAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            failure = new ProtocolException(
                ProtocolErrorCode.DestinationRelayEncryptionError, $"The TLS handshake through the relay was not complete within {timeout.TotalSeconds:0.#} s.");
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidOperationException)
        {
            failure = exception;
        }

        EndHandshake(failure);
        ThrowIfFailed();
    }

    /// <summary>Ends the writing side in order: the other side reads everything and then the end, and may go on sending.</summary>
    /// <exception cref="InvalidOperationException">A write is under way.</exception>
    public void CompleteWrites()
    {
        byte[] last;
        lock (_lock)
        {
            ThrowIfDisposed();
            switch (_sending)
            {
                case Sending.Busy:
                    throw new InvalidOperationException("A write to this stream is under way.");
                case Sending.Broken or Sending.Ended:
                    return;
            }

            _sending = Sending.Ended;
            if (_fault is not null)
            {
                return;
            }

            if (!_ready.Task.IsCompleted)
            {
                _endsWhenReady = true;
                return;
            }

            last = SealClose();
        }

        _last = SendLastAsync(last);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            lock (_lock)
            {
                if (_isDisposed)
                {
                    return;
                }

                _isDisposed = true;
                if (_isHandshaking)
                {
                    // The handshake's end does the rest.
                    _endsWhenReady |= _sending == Sending.Idle;
                    return;
                }
            }

            Release();
        }

        base.Dispose(disposing);
    }

    private async Task ExchangeAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _session.Start();
        }

        while (true)
        {
            byte[] output;
            bool isComplete;
            lock (_lock)
            {
                output = _session.TakeOutput();
                isComplete = _session.IsComplete;
            }

            if (output.Length > 0)
            {
                await _transport.WriteAsync(output, isLast: false, cancellationToken).ConfigureAwait(false);
            }

            if (isComplete)
            {
                return;
            }

            if (!await _records.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                throw new ProtocolException(
                    ProtocolErrorCode.DestinationRelayEncryptionError, "The TLS handshake through the relay failed: the stream ended in the middle of it.");
            }

            OfferRecord();
        }
    }

    /// <summary>Makes up for what was asked for meanwhile, and tells the other side of a failure.</summary>
    private void EndHandshake(Exception? failure)
    {
        byte[]? last = null;
        lock (_lock)
        {
            if (failure is not null)
            {
                _fault = failure;
                _sending = Sending.Ended;
                last = failure is ProtocolException && _session.OutputLength > 0 ? _session.TakeOutput() : null;
            }
            else if (_endsWhenReady)
            {
                _sending = Sending.Ended;
                last = SealClose();
            }
        }

        if (last is not null)
        {
            _last = SendLastAsync(last);
        }

        if (failure is not null)
        {
            long code = failure is ProtocolException protocol ? (long)protocol.Code : 0;
            if (last is null)
            {
                _transport.AbortWrites(code);
            }

            _transport.AbortReads(code);
        }

        bool isDisposed;
        lock (_lock)
        {
            _isHandshaking = false;
            isDisposed = _isDisposed;
        }

        _ready.TrySetResult();
        if (isDisposed)
        {
            Release();
        }
    }

    /// <summary>The session has failed while it was read: the other side is told with an alert, if the writing side is free.</summary>
    private void SendAlert()
    {
        byte[]? alert = null;
        lock (_lock)
        {
            if (!_isDisposed && _sending == Sending.Idle && _session.OutputLength > 0)
            {
                _sending = Sending.Ended;
                alert = _session.TakeOutput();
            }
        }

        if (alert is not null)
        {
            _last = SendLastAsync(alert);
        }
    }

    private byte[] SealClose()
    {
        _session.SealClose();
        return _session.TakeOutput();
    }

    /// <summary>Waits for as long as the stream lives: the other side may not read for a while.</summary>
    private async Task SendLastAsync(byte[] last)
    {
        try
        {
            await _transport.WriteAsync(last, isLast: true, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidOperationException)
        {
            // Whoever reset the stream knows.
        }
    }

    /// <summary>Ends what is open, in order where that is possible. Done once.</summary>
    private void Release()
    {
        byte[]? last = null;
        bool isCutShort = false;
        lock (_lock)
        {
            if (_sending == Sending.Idle && _session.IsComplete && _fault is null)
            {
                last = SealClose();
            }
            else
            {
                isCutShort = _sending != Sending.Ended;
            }

            _sending = Sending.Ended;
            _isReleased = true;
            _session.Dispose();
        }

        _reading.Close();
        if (last is not null)
        {
            _last = SendLastAsync(last);
        }
        else if (isCutShort)
        {
            _transport.AbortWrites(0);
        }

        Task sending = _last;
        if (sending.IsCompleted)
        {
            _transport.Dispose();
        }
        else
        {
            _transport.AbortReads(0);
            _ = DisposeAfterAsync(sending);
        }
    }

    private async Task DisposeAfterAsync(Task sending)
    {
        await sending.ConfigureAwait(false);
        _transport.Dispose();
    }
}
