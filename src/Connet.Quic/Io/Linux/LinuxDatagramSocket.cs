using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Connet.Quic.Core.Primitives;
using Microsoft.Win32.SafeHandles;

namespace Connet.Quic.Io.Linux;

/// <summary>UDP over the Linux calls that System.Net.Sockets does not offer: batches, segmentation, coalescing, ECN.</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class LinuxDatagramSocket : IDatagramSocket
{
    private readonly Socket _socket;
    private readonly SafeFileHandle _wakeEvent;
    private readonly int _descriptor;
    private readonly int _wakeDescriptor;
    private readonly LinuxSender _sender;
    private readonly LinuxReceiver _receiver;
    private readonly UdpCapabilities _capabilities;
    private readonly UseGate _gate;
    private readonly WakeFlag _wake = new();

    /// <summary>Takes over the socket, also when it fails.</summary>
    public LinuxDatagramSocket(Socket socket, int wantedBufferBytes, bool segmentationOffload)
    {
        _socket = socket;
        _gate = new UseGate(Release);
        try
        {
            _descriptor = (int)socket.Handle;
            LocalEndPoint = (IPEndPoint)socket.LocalEndPoint!;
            _sender = new LinuxSender(socket, _descriptor, segmentationOffload);
            _receiver = new LinuxReceiver(socket, _descriptor);
            _capabilities = new UdpCapabilities
            {
                Implementation = "Linux batched sockets",
                ReceiveOffload = _receiver.Offload,
                Ecn = _receiver.Ecn,
                DualStack = socket.AddressFamily == AddressFamily.InterNetworkV6 && socket.DualMode,
                WantedBufferBytes = wantedBufferBytes,
                ReceiveBufferBytes = SocketSetup.GrantedBuffer(socket.ReceiveBufferSize),
                SendBufferBytes = SocketSetup.GrantedBuffer(socket.SendBufferSize),
            };
            _wakeEvent = LinuxSupport.CreateEvent();
            _wakeDescriptor = (int)_wakeEvent.DangerousGetHandle();
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public IPEndPoint LocalEndPoint { get; }

    public Task Closed => _gate.Released;

    public UdpCapabilities Capabilities => _capabilities with
    {
        SegmentationOffload = _sender.Segmentation,
        SegmentationOffloadReason = _sender.SegmentationOffReason,
    };

    public string Description => Capabilities.ToString();

    public int MaxSegments => _sender.Segmentation ? LinuxSender.SegmentLimit : 1;

    /// <summary>Sets an option of the system's socket.</summary>
    /// <returns>False if the system refuses.</returns>
    public bool TrySetOption(int level, int name, int value) => SocketSetup.TrySetOption(_socket, level, name, value);

    public SendStatus TrySend(in NetworkAddress remote, ReadOnlySpan<byte> data, int segmentSize, byte ecn, out int sentBytes)
    {
        if (!_gate.TryEnter())
        {
            sentBytes = 0;
            return SendStatus.Failed;
        }

        try
        {
            return _sender.TrySend(remote, data, segmentSize, ecn, out sentBytes);
        }
        finally
        {
            _gate.Exit();
        }
    }

    public WaitResult Wait(int timeoutMilliseconds, bool forWrite) =>
        WaitMicroseconds(timeoutMilliseconds < 0 ? -1 : timeoutMilliseconds * 1000L, forWrite);

    public WaitResult WaitMicroseconds(long timeoutMicroseconds, bool forWrite)
    {
        if (!_gate.TryEnter())
        {
            return WaitResult.Woken;
        }

        try
        {
            bool sleeps = _wake.TryBeginSleep();
            WaitResult result = Poll(sleeps ? timeoutMicroseconds : 0, forWrite);
            return _wake.EndSleep() ? result | WaitResult.Woken : result;
        }
        finally
        {
            _gate.Exit();
        }
    }

    public int Receive(ReceiveBatch batch)
    {
        if (!_gate.TryEnter())
        {
            batch.Clear();
            return 0;
        }

        try
        {
            return _receiver.Receive(batch);
        }
        finally
        {
            _gate.Exit();
        }
    }

    public void Wake()
    {
        if (!_wake.Request() || !_gate.TryEnter())
        {
            return;
        }

        try
        {
            SignalWakeEvent();
        }
        finally
        {
            _gate.Exit();
        }
    }

    public void Dispose()
    {
        if (!_gate.TryEnter())
        {
            return;
        }

        _gate.Close();
        try
        {
            if (_wake.Request())
            {
                SignalWakeEvent();
            }
        }
        finally
        {
            _gate.Exit();
        }
    }

    private WaitResult Poll(long timeoutMicroseconds, bool forWrite)
    {
        PollEntry* entries = stackalloc PollEntry[2];
        entries[0].Descriptor = _descriptor;
        entries[0].Events = forWrite ? (short)(PollEntry.In | PollEntry.Out) : PollEntry.In;
        entries[1].Descriptor = _wakeDescriptor;
        entries[1].Events = PollEntry.In;
        if (PollUninterrupted(entries, timeoutMicroseconds) <= 0)
        {
            return WaitResult.Timeout;
        }

        WaitResult result = WaitResult.Timeout;

        // A pending error is cleared by receiving, so it counts as something to receive.
        if ((entries[0].Results & (PollEntry.In | PollEntry.Error | PollEntry.HangUp)) != 0)
        {
            result |= WaitResult.Readable;
        }

        if ((entries[0].Results & PollEntry.Out) != 0)
        {
            result |= WaitResult.Writable;
        }

        if (entries[1].Results != 0)
        {
            ulong count;
            _ = LibC.Read(_wakeDescriptor, &count, sizeof(ulong));
            result |= WaitResult.Woken;
        }

        return result;
    }

    /// <summary>Signals (the runtime itself uses some) end a poll early: go on for the rest of the time.</summary>
    private static int PollUninterrupted(PollEntry* entries, long timeoutMicroseconds)
    {
        long left = timeoutMicroseconds;
        long start = left > 0 ? Stopwatch.GetTimestamp() : 0;
        while (true)
        {
            (long seconds, long microseconds) = Math.DivRem(Math.Max(left, 0), 1_000_000);
            TimeSpecification timeout = new() { Seconds = seconds, Nanoseconds = microseconds * 1000 };
            int ready = LibC.Poll(entries, 2, left < 0 ? null : &timeout, null);
            if (ready >= 0 || Marshal.GetLastPInvokeError() != ErrorNumber.Interrupted)
            {
                return ready;
            }

            if (timeoutMicroseconds > 0)
            {
                left = Math.Max(0, timeoutMicroseconds - (long)Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            }
        }
    }

    private void SignalWakeEvent()
    {
        // Fails only where the counter is full, and then the event is signalled already.
        ulong one = 1;
        _ = LibC.Write(_wakeDescriptor, &one, sizeof(ulong));
    }

    private void Release()
    {
        _socket.Dispose();
        _wakeEvent.Dispose();
    }
}
