using Connet.Quic.Core;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;

namespace Connet.Quic.Io;

/// <content>The socket thread: receives, routes, processes and keeps time.</content>
internal sealed partial class EndpointDriver
{
    /// <summary>So many receive calls are made before deadlines are looked at again: a flood must not stop the clock.</summary>
    private const int MaxReceivesPerRound = 8;

    /// <summary>The header form and the fixed bit (RFC 9000, section 17).</summary>
    private const byte HeaderFormBits = 0xc0;

    /// <summary>The <see cref="HeaderFormBits"/> of a short header (RFC 9000, section 17.3).</summary>
    private const byte ShortHeader = 0x40;

    private readonly DeadlineHeap _deadlines = new();
    private readonly List<RoutedDatagram> _routed = [];
    private readonly List<ConnectionDriver> _touched = [];
    private readonly List<ConnectionDriver> _unblocking = [];
    private readonly List<ConnectionDriver> _candidates = [];
    private readonly byte[] _reply = new byte[1500];
    private readonly TaskCompletionSource _threadEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Run()
    {
        try
        {
            using ReceiveBatch batch = new();
            while (!_stopping)
            {
                RunRound(batch);
            }
        }
#pragma warning disable CA1031 // Whatever it is, the owner must hear of it: the thread's end must not go unnoticed.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Owner.OnFatal(exception);
        }
        finally
        {
            _threadEnded.TrySetResult();
        }
    }

    private void RunRound(ReceiveBatch batch)
    {
        while (_rescheduled.TryDequeue(out ConnectionDriver? driver))
        {
            _deadlines.Schedule(driver);
        }

        WaitResult result = Socket.WaitMicroseconds(TimeoutMicroseconds(MonotonicClock.Now), forWrite: !_blocked.IsEmpty);
        if ((result & WaitResult.Writable) != 0)
        {
            Unblock();
        }

        if ((result & WaitResult.Readable) != 0)
        {
            for (int i = 0; i < MaxReceivesPerRound && Socket.Receive(batch) > 0; i++)
            {
                Process(MonotonicClock.Now, batch);
            }
        }

        Timestamp now = MonotonicClock.Now;
        for (int i = _deadlines.Count; i > 0 && _deadlines.TryTakeDue(now, out ConnectionDriver? due); i--)
        {
            Guard(due!, now, static (driver, at) => driver.HandleTimeout(at));
            _deadlines.Schedule(due!);
        }
    }

    private long TimeoutMicroseconds(Timestamp now)
    {
        Timestamp next = _deadlines.Next;
        if (next.IsNever)
        {
            return -1;
        }

        // Rounded up: a wait that ends before the deadline would only be repeated.
        long microseconds = ((next - now).Ticks + TimeSpan.TicksPerMicrosecond - 1) / TimeSpan.TicksPerMicrosecond;
        return Math.Clamp(microseconds, 0, 60_000_000);
    }

    private void Unblock()
    {
        _unblocking.Clear();
        while (_blocked.TryDequeue(out ConnectionDriver? driver))
        {
            _unblocking.Add(driver);
        }

        foreach (ConnectionDriver driver in _unblocking)
        {
            Guard(driver, default, static (blocked, _) => blocked.Unblock());
        }
    }

    private void Process(Timestamp now, ReceiveBatch batch)
    {
        RouteAll(now, batch);
        int at = 0;
        while (at < _routed.Count)
        {
            RoutedDatagram first = _routed[at];
            int end = at + 1;
            if (first.Driver is { } driver)
            {
                while (end < _routed.Count && _routed[end].Driver == driver)
                {
                    end++;
                }

                HandRun(now, driver, batch, at, end);
            }
            else
            {
                HandleUnrouted(now, batch, first);
            }

            at = end;
        }

        foreach (ConnectionDriver driver in _touched)
        {
            driver.IsTouched = false;
            Guard(driver, now, static (touched, at) => touched.PumpAfterReceive(at));
        }

        _touched.Clear();
    }

    /// <summary>Finds the owner of every datagram of the batch under one hold of the lock.</summary>
    private void RouteAll(Timestamp now, ReceiveBatch batch)
    {
        _routed.Clear();
        ConnectionDriver? previous = null;
        ReadOnlySpan<byte> previousId = default;
        lock (_gate)
        {
            for (int message = 0; message < batch.Count; message++)
            {
                ReadOnlySpan<byte> data = batch.Data(message);
                int segment = batch.SegmentSize(message);
                int size = segment <= 0 ? data.Length : segment;
                int offset = 0;
                do
                {
                    ReadOnlySpan<byte> datagram = data.Slice(offset, Math.Min(size, data.Length - offset));
                    if (previous is not null && IsShortPacketTo(datagram, previousId))
                    {
                        // Bulk traffic: nearly every datagram is for the connection that the one before it was for.
                        _routed.Add(new RoutedDatagram(previous, RouteKind.Connection, message, offset, datagram.Length));
                    }
                    else
                    {
                        Route route = _core.Route(now, batch.From(message), datagram);
                        ConnectionDriver? driver = route.Kind == RouteKind.Connection ? _connections.GetValueOrDefault(route.Handle) : null;
                        _routed.Add(new RoutedDatagram(driver, route.Kind, message, offset, datagram.Length));
                        bool isShort = driver is not null && (datagram[0] & HeaderFormBits) == ShortHeader;
                        previous = isShort ? driver : null;
                        previousId = isShort ? datagram.Slice(1, Connection.LocalIdLength) : default;
                    }

                    offset += datagram.Length;
                }
                while (offset < data.Length);
            }
        }
    }

    private static bool IsShortPacketTo(ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> id) =>
        datagram.Length > Connection.LocalIdLength && (datagram[0] & HeaderFormBits) == ShortHeader
        && datagram.Slice(1, Connection.LocalIdLength).SequenceEqual(id);

    private void HandRun(Timestamp now, ConnectionDriver driver, ReceiveBatch batch, int start, int end)
    {
        try
        {
            lock (driver.Gate)
            {
                for (int i = start; i < end; i++)
                {
                    RoutedDatagram datagram = _routed[i];
                    driver.Core.HandleDatagram(now, batch.From(datagram.Message), batch.Ecn(datagram.Message), datagram.In(batch));
                }
            }

            Touch(driver);
        }
#pragma warning disable CA1031 // A fault in one connection must not end the others.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Isolate(driver, exception);
        }
    }

    private void Guard(ConnectionDriver driver, Timestamp now, Action<ConnectionDriver, Timestamp> action)
    {
        try
        {
            action(driver, now);
        }
#pragma warning disable CA1031 // A fault in one connection must not end the others.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Isolate(driver, exception);
        }
    }

    private void Touch(ConnectionDriver driver)
    {
        if (!driver.IsTouched)
        {
            driver.IsTouched = true;
            _touched.Add(driver);
        }
    }

    private void HandleUnrouted(Timestamp now, ReceiveBatch batch, in RoutedDatagram datagram)
    {
        NetworkAddress from = batch.From(datagram.Message);
        switch (datagram.Kind)
        {
            case RouteKind.NotQuic:
                Owner.OnNonQuicDatagram(from, datagram.In(batch));
                break;
            case RouteKind.Unknown:
                HandleUnknown(now, from, datagram.In(batch));
                break;
            case RouteKind.Incoming:
                HandleIncoming(now, from, batch.Ecn(datagram.Message), datagram.In(batch));
                break;
        }
    }

    private void HandleUnknown(Timestamp now, in NetworkAddress from, ReadOnlySpan<byte> datagram)
    {
        _candidates.Clear();
        int reply = 0;
        lock (_gate)
        {
            foreach (int handle in _core.HandlesOf(now, from))
            {
                if (_connections.TryGetValue(handle, out ConnectionDriver? candidate))
                {
                    _candidates.Add(candidate);
                }
            }

            reply = _core.WriteStatelessReset(now, from, datagram, _reply);
        }

        foreach (ConnectionDriver candidate in _candidates)
        {
            bool isReset;
            lock (candidate.Gate)
            {
                isReset = candidate.Core.HandlePossibleReset(now, datagram);
            }

            if (isReset)
            {
                Touch(candidate);
                return;
            }
        }

        Reply(from, reply);
    }

    private void HandleIncoming(Timestamp now, in NetworkAddress from, byte ecn, Span<byte> datagram)
    {
        // Routed again: a datagram before it in the batch may have made the connection.
        Route route;
        ConnectionDriver? driver = null;
        lock (_gate)
        {
            route = _core.Route(now, from, datagram);
            if (route.Kind == RouteKind.Connection)
            {
                driver = _connections.GetValueOrDefault(route.Handle);
            }
        }

        if (route.Kind == RouteKind.Incoming)
        {
            driver = Answer(now, route.Initial, datagram);
        }

        if (driver is not null)
        {
            try
            {
                lock (driver.Gate)
                {
                    driver.Core.HandleDatagram(now, from, ecn, datagram);
                }

                Touch(driver);
            }
#pragma warning disable CA1031 // A fault in one connection must not end the others.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Isolate(driver, exception);
            }
        }
    }

    private ConnectionDriver? Answer(Timestamp now, in IncomingInitial initial, ReadOnlySpan<byte> datagram)
    {
        if (initial.Token == InitialTokenState.Invalid)
        {
            // A token damaged on the way is no reason to refuse: the client will send it again.
            if (Endpoint.IsIntact(Core.Crypto.CryptoProvider.Default, datagram.ToArray()))
            {
                Reply(initial.From, Endpoint.WriteRefusal(Core.Crypto.CryptoProvider.Default, initial, TransportErrorCode.InvalidToken, _reply));
            }

            return null;
        }

        IncomingVerdict verdict = Owner.OnIncoming(initial);
        switch (verdict.Kind)
        {
            case IncomingVerdictKind.Refuse:
                Reply(initial.From, Endpoint.WriteRefusal(Core.Crypto.CryptoProvider.Default, initial, TransportErrorCode.ConnectionRefused, _reply));
                return null;
            case IncomingVerdictKind.Ignore:
                return null;
        }

        lock (_gate)
        {
            if (_disposed)
            {
                return null;
            }

            if (initial.Token == InitialTokenState.None && (initial.MustRetry || verdict.RequireRetry))
            {
                Reply(initial.From, _core.WriteRetry(now, initial, _reply));
                return null;
            }

            Connection core = _core.Accept(now, initial, verdict.Config, verdict.CreateTls!, out int handle);
            ConnectionDriver driver = new(this, core, handle, verdict.CertificateCheck);
            _connections.Add(handle, driver);
            return driver;
        }
    }

    private void Reply(in NetworkAddress to, int length)
    {
        if (length > 0)
        {
            Socket.TrySend(to, _reply.AsSpan(0, length), length, ecn: 0, out _);
        }
    }
}
