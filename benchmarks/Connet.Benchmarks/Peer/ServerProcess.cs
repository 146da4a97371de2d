using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Connet.Benchmarks.Peer;

/// <summary>The other process of a benchmark: this program again with the command <c>serve</c>, started here or elsewhere.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process? _process;

    private ServerProcess(Process? process, ControlChannel control, IPAddress address)
    {
        _process = process;
        Control = control;
        Address = address;
    }

    public ControlChannel Control { get; }

    public IPAddress Address { get; }

    /// <summary>Connects to the server that the options name, or starts one on loopback.</summary>
    public static async Task<ServerProcess> StartAsync(BenchmarkOptions options)
    {
        if (options.Server is { } running)
        {
            return new ServerProcess(null, await ConnectAsync(running).ConfigureAwait(false), running.Address);
        }

        ProcessStartInfo start = new(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(ServerProcess).Assembly.Location);
        }

        start.ArgumentList.Add("serve");
        start.ArgumentList.Add("--datagram");
        start.ArgumentList.Add(options.Datagram.ToString(CultureInfo.InvariantCulture));
        if (options.Window is { } window)
        {
            start.ArgumentList.Add("--window");
            start.ArgumentList.Add(window.ToString(CultureInfo.InvariantCulture));
        }

        Process process = Process.Start(start)!;
        string line = await process.StandardOutput.ReadLineAsync().ConfigureAwait(false) ?? throw new IOException("The server process ended.");
        int port = int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
        ControlChannel control = await ConnectAsync(new IPEndPoint(IPAddress.Loopback, port)).ConfigureAwait(false);
        return new ServerProcess(process, control, IPAddress.Loopback);
    }

    /// <summary>Has the server listen, and returns where.</summary>
    public async Task<IPEndPoint> ListenAsync(TransportKind kind)
    {
        await Control.SendAsync("listen", kind).ConfigureAwait(false);
        string[] answer = await Control.RequireAsync().ConfigureAwait(false);
        return new IPEndPoint(Address, int.Parse(answer[1], CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        Control.Dispose();
        if (_process is not null)
        {
            // The server ends when its control connection does.
            using CancellationTokenSource timeout = new(TimeSpan.FromSeconds(5));
            try
            {
                await _process.WaitForExitAsync(timeout.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                _process.Kill();
            }

            _process.Dispose();
        }
    }

    private static async Task<ControlChannel> ConnectAsync(IPEndPoint endPoint)
    {
        TcpClient client = new(endPoint.AddressFamily) { NoDelay = true };
        await client.ConnectAsync(endPoint).ConfigureAwait(false);
        return new ControlChannel(client);
    }
}
