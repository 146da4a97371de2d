using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Connet.Benchmarks.Peer;

namespace Connet.Benchmarks.Commands;

/// <summary>
/// The two ends of eng/bench.sh: one serves bytes over TCP, the other fetches them and prints what it took. What lies between the two,
/// a plain network or a tunnel, is the script's business.
/// </summary>
internal static class TcpBulkCommand
{
    private const int BufferSize = 64 * 1024;
    private const string Usage = "usage: tcp-bulk serve IP:PORT | tcp-bulk fetch IP:PORT BYTES";

    public static int Run(string[] args)
    {
        switch (args)
        {
            case ["serve", string address]:
                Serve(IPEndPoint.Parse(address));
                return 0;
            case ["fetch", string address, string bytes]:
                return Fetch(IPEndPoint.Parse(address), long.Parse(bytes, CultureInfo.InvariantCulture));
            default:
                Console.Error.WriteLine(Usage);
                return 2;
        }
    }

    /// <summary>Serves one client after the other, until it is killed.</summary>
    private static void Serve(IPEndPoint address)
    {
        using TcpListener listener = new(address);
        listener.Start();
        Console.WriteLine($"LISTENING {listener.LocalEndpoint}");
        byte[] buffer = new byte[BufferSize];
        Random.Shared.NextBytes(buffer);
        while (true)
        {
            using Socket client = listener.AcceptSocket();
            client.NoDelay = true;
            try
            {
                byte[] request = new byte[sizeof(long)];
                for (int read = 0; read < request.Length;)
                {
                    int count = client.Receive(request.AsSpan(read));
                    read += count > 0 ? count : throw new SocketException((int)SocketError.ConnectionReset);
                }

                for (long left = BinaryPrimitives.ReadInt64BigEndian(request); left > 0;)
                {
                    left -= client.Send(buffer.AsSpan(0, (int)Math.Min(buffer.Length, left)));
                }

                client.Shutdown(SocketShutdown.Send);
            }
            catch (SocketException e)
            {
                Console.Error.WriteLine(e.Message);
            }
        }
    }

    /// <summary>Prints bytes, seconds from the request to the end of the stream, and the processor seconds of this process in between.</summary>
    private static int Fetch(IPEndPoint address, long bytes)
    {
        using Socket server = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        server.Connect(address);
        byte[] buffer = new byte[BufferSize];
        ProcessUsage start = ProcessUsage.Now();
        long started = Stopwatch.GetTimestamp();
        byte[] request = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(request, bytes);
        server.Send(request);
        long received = 0;
        for (int count; (count = server.Receive(buffer)) > 0;)
        {
            received += count;
        }

        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        double processor = ProcessUsage.Now().Since(start).CpuSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{received} {seconds:F4} {processor:F4}"));
        if (received != bytes)
        {
            Console.Error.WriteLine($"{bytes} bytes were expected, {received} came");
            return 1;
        }

        return 0;
    }
}
