using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Connet.Benchmarks.Transports;
using Connet.Quic;

namespace Connet.Benchmarks.Peer;

/// <summary>Serves one client process: its control connection says what is to be done with the streams that come.</summary>
internal sealed class ServerSession(ControlChannel control, IPAddress address, BenchmarkOptions options) : IAsyncDisposable
{
    private readonly TcpListener _tcp = new(address, 0);
    private QuicEndpoint? _endpoint;
    private QuicListener? _listener;

    public async Task RunAsync()
    {
        while (await control.ReceiveAsync().ConfigureAwait(false) is { } message)
        {
            switch (message[0])
            {
                case "listen":
                    await control.SendAsync("listening", Listen(Enum.Parse<TransportKind>(message[1]))).ConfigureAwait(false);
                    break;
                case "run":
                    await RunStreamsAsync(message).ConfigureAwait(false);
                    break;
                case "accept":
                    await AcceptConnectionsAsync(int.Parse(message[1], CultureInfo.InvariantCulture)).ConfigureAwait(false);
                    break;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _tcp.Dispose();
        if (_endpoint is not null)
        {
            await _endpoint.DisposeAsync().ConfigureAwait(false);
        }
    }

    private int Listen(TransportKind kind)
    {
        if (kind == TransportKind.Tcp)
        {
            _tcp.Start(1024);
            return ((IPEndPoint)_tcp.LocalEndpoint).Port;
        }

        _endpoint ??= QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = new IPEndPoint(address, 0), RetryThreshold = 1000 });
        _listener ??= QuicTransport.Listen(_endpoint, options);
        return _endpoint.LocalEndPoint.Port;
    }

    /// <summary>run TRANSPORT MODE STREAMS SECONDS BUFFER: answers "ready" when the connection is there and "done ..." when all streams have ended.</summary>
    private async Task RunStreamsAsync(string[] message)
    {
        TransportKind kind = Enum.Parse<TransportKind>(message[1]);
        string mode = message[2];
        int count = int.Parse(message[3], CultureInfo.InvariantCulture);
        double seconds = double.Parse(message[4], CultureInfo.InvariantCulture);
        int buffer = int.Parse(message[5], CultureInfo.InvariantCulture);
        BenchmarkTransport transport = kind == TransportKind.Tcp
            ? new TcpTransport(_tcp, null)
            : new QuicTransport(await _listener!.AcceptConnectionAsync().ConfigureAwait(false));
        await using (transport.ConfigureAwait(false))
        {
            await control.SendAsync("ready").ConfigureAwait(false);
            ProcessUsage before = ProcessUsage.Now();
            SteadyMeter meter = SteadyMeter.Start(transport, seconds);
            List<Task<long>> work = [];
            for (int i = 0; i < count; i++)
            {
                Stream stream = await transport.AcceptAsync().ConfigureAwait(false);
                work.Add(Task.Run(() => ServeAsync(transport, stream, mode, seconds, buffer)));
            }

            long[] bytes = await Task.WhenAll(work).ConfigureAwait(false);
            ProcessUsage used = ProcessUsage.Now().Since(before);
            (long sent, long received) = transport.Packets;
            await control.SendAsync(
                "done", bytes.Sum(), used.CpuSeconds, used.AllocatedBytes, used.WaitedSeconds, sent, received,
                await meter.BytesPerPacketAsync().ConfigureAwait(false)).ConfigureAwait(false);

            // The client closes first.
            await control.RequireAsync().ConfigureAwait(false);
            if (Environment.GetEnvironmentVariable("BENCH_DETAILS") is not null)
            {
                await Console.Error.WriteLineAsync("  server: " + transport.Details).ConfigureAwait(false);
            }
        }
    }

    private static async Task<long> ServeAsync(BenchmarkTransport transport, Stream stream, string mode, double seconds, int buffer)
    {
        await using (stream.ConfigureAwait(false))
        {
            switch (mode)
            {
                case "echo":
                    return await StreamWork.EchoAsync(transport, stream, buffer).ConfigureAwait(false);
                case "datagrams":
                    return await DatagramWork.EchoAsync(transport, stream).ConfigureAwait(false);
                case "both":
                    Task writing = Task.Run(() => StreamWork.WriteAsync(transport, stream, seconds, buffer));
                    long read = await StreamWork.ReadAsync(stream, buffer).ConfigureAwait(false);
                    await writing.ConfigureAwait(false);
                    return read;
                default:
                    return await StreamWork.ReadAsync(stream, buffer).ConfigureAwait(false);
            }
        }
    }

    /// <summary>accept N: takes N connections and keeps them until the next message; answers with memory and processor time before and after.</summary>
    private async Task AcceptConnectionsAsync(int count)
    {
        List<QuicConnection> connections = [];
        ProcessUsage before = ProcessUsage.Now();
        long memory = GC.GetTotalMemory(forceFullCollection: true);
        await control.SendAsync("ready").ConfigureAwait(false);
        for (int i = 0; i < count; i++)
        {
            connections.Add(await _listener!.AcceptConnectionAsync().ConfigureAwait(false));
        }

        ProcessUsage used = ProcessUsage.Now().Since(before);
        await control.RequireAsync().ConfigureAwait(false);
        long memoryAfter = GC.GetTotalMemory(forceFullCollection: true);
        await control.SendAsync("done", memoryAfter - memory, used.CpuSeconds).ConfigureAwait(false);
        await control.RequireAsync().ConfigureAwait(false);
        foreach (QuicConnection connection in connections)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }
}
