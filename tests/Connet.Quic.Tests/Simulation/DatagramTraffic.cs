using System.Buffers.Binary;
using Connet.Quic.Core;

namespace Connet.Quic.Tests.Simulation;

/// <summary>
/// Datagrams from one connection of a <see cref="QuicPair"/> to the other, each with a number and contents that follow from it:
/// what is read must have been sent, be whole, and come once.
/// </summary>
internal sealed class DatagramTraffic(Connection from, Connection to)
{
    private const int NumberLength = sizeof(int);

    private readonly Dictionary<int, int> _lengths = [];
    private readonly HashSet<int> _received = [];
    private readonly byte[] _buffer = new byte[65_536];
    private int _next;

    /// <summary>How many datagrams were queued.</summary>
    public int Queued => _lengths.Count;

    /// <summary>How many datagrams were read.</summary>
    public int Received => _received.Count;

    public long BytesReceived { get; private set; }

    /// <summary>Whether they were all read in the order in which they were sent.</summary>
    public bool InOrder { get; private set; } = true;

    /// <summary>The number of the datagram read last.</summary>
    public int Last { get; private set; } = -1;

    /// <summary>Queues the next datagram; pump afterwards.</summary>
    public DatagramSendResult Send(int length)
    {
        byte[] datagram = new byte[Math.Max(length, NumberLength)];
        Fill(datagram, _next);
        DatagramSendResult result = from.SendDatagram(datagram);
        if (result == DatagramSendResult.Queued)
        {
            _lengths.Add(_next++, datagram.Length);
        }

        return result;
    }

    /// <summary>Reads and checks what has arrived.</summary>
    public void Read()
    {
        while (to.ReadDatagram(_buffer, out int length) == DatagramReadResult.Ok)
        {
            Assert.That(length, Is.GreaterThanOrEqualTo(NumberLength));
            int number = BinaryPrimitives.ReadInt32LittleEndian(_buffer);
            Assert.That(_lengths.GetValueOrDefault(number, -1), Is.EqualTo(length), $"the length of datagram {number}");
            Assert.That(_received.Add(number), Is.True, $"datagram {number} came twice");
            byte[] expected = new byte[length];
            Fill(expected, number);
            Assert.That(_buffer.AsSpan(0, length).SequenceEqual(expected), Is.True, $"the bytes of datagram {number}");
            InOrder &= number > Last;
            Last = number;
            BytesReceived += length;
        }
    }

    /// <summary>Nothing is sent twice, and each datagram that did not arrive is known to be lost. For when nothing is on its way any more.</summary>
    public void AssertAccountedFor()
    {
        Read();
        ConnectionStatistics sender = from.Statistics;
        ConnectionStatistics receiver = to.Statistics;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sender.DatagramFramesSent, Is.LessThanOrEqualTo(Queued), "none goes twice");
            Assert.That(receiver.DatagramFramesReceived - receiver.DatagramFramesDropped, Is.EqualTo(Received));
            Assert.That(sender.DatagramFramesLost + receiver.DatagramFramesReceived, Is.GreaterThanOrEqualTo(Queued), "each arrives or is lost");
            Assert.That(sender.DatagramFramesLost, Is.LessThanOrEqualTo(Queued));
        }
    }

    private static void Fill(Span<byte> datagram, int number)
    {
        for (int i = NumberLength; i < datagram.Length; i++)
        {
            datagram[i] = (byte)((number * 31) + (i * 7));
        }

        BinaryPrimitives.WriteInt32LittleEndian(datagram, number);
    }
}
