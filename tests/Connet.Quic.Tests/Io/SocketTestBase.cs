using System.Diagnostics;
using System.Net;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Io;

namespace Connet.Quic.Tests.Io;

/// <summary>Sockets of one implementation on loopback, closed after each test; waits are bounded, never sleeps.</summary>
internal abstract class SocketTestBase(DatagramSocketMode mode)
{
    protected const int TimeoutMilliseconds = 10_000;

    private readonly List<IDisposable> _opened = [];

    protected bool IsPortable => mode == DatagramSocketMode.Portable;

    [SetUp]
    public void Skip_what_this_system_lacks()
    {
        if (!IsPortable && !DatagramSocketFactory.UsesLinux)
        {
            Assert.Ignore("The batched sockets need Linux, and no switch that forces portable sockets.");
        }
    }

    [TearDown]
    public void Close_everything()
    {
        _opened.ForEach(o => o.Dispose());
        _opened.Clear();
    }

    protected IDatagramSocket Open(IPAddress address, int port = 0, int bufferBytes = DatagramSocketFactory.DefaultSocketBufferBytes) =>
        Track(DatagramSocketFactory.Create(new IPEndPoint(address, port), mode, bufferBytes));

    protected T Track<T>(T opened)
        where T : IDisposable
    {
        _opened.Add(opened);
        return opened;
    }

    protected ReceiveBatch Batch(int capacity = 16, int slotSize = ReceiveBatch.DefaultSlotSize) => Track(new ReceiveBatch(capacity, slotSize));

    /// <summary>Receives until the datagrams are complete; coalesced ones are taken apart.</summary>
    protected static List<Datagram> Receive(IDatagramSocket socket, ReceiveBatch batch, int count)
    {
        List<Datagram> result = [];
        Stopwatch watch = Stopwatch.StartNew();
        while (result.Count < count)
        {
            Assert.That(watch.ElapsedMilliseconds, Is.LessThan(TimeoutMilliseconds), $"{result.Count} of {count} datagrams arrived");
            socket.Wait(1000, forWrite: false);
            int messages = socket.Receive(batch);
            for (int i = 0; i < messages; i++)
            {
                byte[] data = batch.Data(i).ToArray();
                int segment = Math.Max(1, batch.SegmentSize(i));
                int offset = 0;
                do
                {
                    byte[] bytes = data[offset..Math.Min(offset + segment, data.Length)];
                    result.Add(new Datagram(bytes, batch.From(i), batch.Ecn(i), messages, data.Length));
                    offset += segment;
                }
                while (offset < data.Length);
            }
        }

        return result;
    }

    protected static void Send(IDatagramSocket socket, NetworkAddress to, ReadOnlySpan<byte> data, byte ecn = 0)
    {
        SendStatus status = socket.TrySend(to, data, data.Length, ecn, out int sent);
        Assert.That(status, Is.EqualTo(SendStatus.Sent));
        Assert.That(sent, Is.EqualTo(data.Length));
    }

    protected static NetworkAddress AddressOf(IDatagramSocket socket, IPAddress? host = null)
    {
        IPEndPoint local = socket.LocalEndPoint;
        return NetworkAddress.FromEndPoint(new IPEndPoint(host ?? local.Address, local.Port));
    }

    /// <summary>Different in every byte and every datagram.</summary>
    protected static byte[] Pattern(int length)
    {
        byte[] data = new byte[length];
        for (int i = 0; i < length; i++)
        {
            data[i] = (byte)((i * 31) + (i >> 8));
        }

        return data;
    }

    protected internal sealed record Datagram(byte[] Bytes, NetworkAddress From, byte Ecn, int Messages, int MessageLength);
}
