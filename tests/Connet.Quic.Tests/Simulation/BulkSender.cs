using Connet.Quic.Core;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Streams;

namespace Connet.Quic.Tests.Simulation;

/// <summary>Sends many bytes on one stream of the client, read by the server as they come.</summary>
internal sealed class BulkSender
{
    private readonly QuicPair _pair;
    private readonly long _size;
    private readonly StreamId _id;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly byte[] _next = new byte[8 * 1024];
    private long _nextAt = -1;
    private long _sent;
    private bool _finished;

    public BulkSender(QuicPair pair, long size)
    {
        _pair = pair;
        _size = size;
        Assert.That(pair.ClientConnection.Streams.TryOpen(unidirectional: true, out _id), Is.True);
        Transfer();
    }

    /// <summary>How much the server has read.</summary>
    public long Received { get; private set; }

    /// <summary>Whether the server has read everything, and the end.</summary>
    public bool IsDone { get; private set; }

    /// <summary>One step of virtual time; false if nothing will happen any more.</summary>
    public bool Step()
    {
        bool moved = _pair.Step();
        Transfer();
        return moved && _pair.ClientConnection.CloseReason is null && _pair.ServerConnection.CloseReason is null;
    }

    /// <summary>Steps until all is read; returns the virtual time that took.</summary>
    public TimeSpan Run(TimeSpan limit)
    {
        Timestamp start = _pair.Now;
        while (!IsDone)
        {
            Assert.That(Step() && _pair.Now - start < limit, Is.True, Describe);
        }

        return _pair.Now - start;
    }

    /// <summary>Steps for so long, whatever happens.</summary>
    public void RunFor(TimeSpan time)
    {
        Timestamp end = _pair.Now + time;
        while (_pair.Now < end && Step())
        {
        }
    }

    public string Describe() =>
        $"{Received} of {_size} received; client {QuicPair.Describe(_pair.ClientConnection)}, server {QuicPair.Describe(_pair.ServerConnection)}";

    private void Transfer()
    {
        bool progress = true;
        while (progress)
        {
            progress = Send() | Receive();
            if (progress)
            {
                _pair.Pump();
            }
        }

        Drain(_pair.Client);
        Drain(_pair.Server);
    }

    private bool Send()
    {
        bool any = false;
        while (_sent < _size)
        {
            int wanted = (int)Math.Min(_next.Length, _size - _sent);
            if (_nextAt != _sent)
            {
                _nextAt = _sent;
                for (int i = 0; i < wanted; i++)
                {
                    _next[i] = TransferPlan.ByteAt(_id, false, _sent + i);
                }
            }

            Connection client = _pair.ClientConnection;
            if (client.Streams.Write(_id, _next.AsSpan(0, wanted), client.SendRoom, out int written) != WriteResult.Ok)
            {
                return any;
            }

            _sent += written;
            any = true;
        }

        if (!_finished)
        {
            _finished = true;
            any = true;
            _pair.ClientConnection.Streams.TryFinish(_id);
        }

        return any;
    }

    private bool Receive()
    {
        Connection server = _pair.ServerConnection;
        _ = server.Streams.TryAccept(out _);
        bool any = false;
        while (!IsDone)
        {
            ReadResult result = server.Streams.Read(_pair.Now, server.SmoothedRtt, _id, _buffer, out int read);
            for (int i = 0; i < read; i++)
            {
                if (_buffer[i] != TransferPlan.ByteAt(_id, false, Received + i))
                {
                    Assert.Fail($"a wrong byte at {Received + i}");
                }
            }

            Received += read;
            IsDone = result == ReadResult.End;
            if (result != ReadResult.Ok)
            {
                break;
            }

            any = true;
        }

        return any;
    }

    private static void Drain(SimulatedHost host)
    {
        foreach (Queue<ConnectionEvent> events in host.Events.Values)
        {
            events.Clear();
        }
    }
}
