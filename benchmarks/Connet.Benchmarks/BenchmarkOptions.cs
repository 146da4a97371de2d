using System.Globalization;
using System.Net;

namespace Connet.Benchmarks;

/// <summary>The arguments that all commands share.</summary>
internal sealed class BenchmarkOptions
{
    public const string Help =
        """
        --seconds N        length of a run (default 3)
        --rounds N         interleaved rounds; medians are reported (default 5)
        --buffer BYTES     size of the application's reads and writes (default 65536)
        --count N          operations or connections
        --modes a,b        transfer: up, both, streams, datagrams
        --no-tcp           only QUIC
        --window BYTES     how far receive windows grow (default 16 MiB a stream, 32 MiB in all)
        --datagram BYTES   the largest UDP payload (default 1452)
        --io portable      the sockets of System.Net.Sockets
        --crypto platform  the ciphers of System.Security.Cryptography
        --server IP:PORT   use a running `serve` instead of starting one on loopback
        --listen IP:PORT   serve: where to listen for that
        """;

    public double Seconds { get; private set; } = 3;

    public int Rounds { get; private set; } = 5;

    public int Buffer { get; private set; } = 64 * 1024;

    public int? Count { get; private set; }

    public string[] Modes { get; private set; } = ["up", "both", "streams"];

    public bool WithTcp { get; private set; } = true;

    public int Datagram { get; private set; } = 1452;

    /// <summary>The bound of receive windows; null for the library's defaults.</summary>
    public int? Window { get; private set; }

    public IPEndPoint? Server { get; private set; }

    public IPEndPoint Listen { get; private set; } = new(IPAddress.Loopback, 0);

    /// <exception cref="ArgumentException">An argument is unknown or lacks its value.</exception>
    public static BenchmarkOptions Parse(string[] args)
    {
        BenchmarkOptions options = new();
        for (int i = 0; i < args.Length; i++)
        {
            if (args[i] == "--no-tcp")
            {
                options.WithTcp = false;
                continue;
            }

            string name = args[i];
            options.Set(name, ++i < args.Length ? args[i] : throw new ArgumentException($"{name} needs a value.\n{Help}", nameof(args)));
        }

        return options;
    }

    private void Set(string name, string value)
    {
        switch (name)
        {
            case "--seconds":
                Seconds = double.Parse(value, CultureInfo.InvariantCulture);
                break;
            case "--rounds":
                Rounds = int.Parse(value, CultureInfo.InvariantCulture);
                break;
            case "--buffer":
                Buffer = int.Parse(value, CultureInfo.InvariantCulture);
                break;
            case "--count":
                Count = int.Parse(value, CultureInfo.InvariantCulture);
                break;
            case "--modes":
                Modes = value.Split(',');
                break;
            case "--datagram":
                Datagram = int.Parse(value, CultureInfo.InvariantCulture);
                break;
            case "--window":
                Window = int.Parse(value, CultureInfo.InvariantCulture);
                break;
            case "--server":
                Server = IPEndPoint.Parse(value);
                break;
            case "--listen":
                Listen = IPEndPoint.Parse(value);
                break;
            case "--io":
                // Inherited by the server process too.
                Environment.SetEnvironmentVariable("CONNET_QUIC_IO", value);
                break;
            case "--crypto":
                Environment.SetEnvironmentVariable("CONNET_QUIC_CRYPTO", value);
                break;
            default:
                throw new ArgumentException($"Unknown argument {name}.\n{Help}", nameof(name));
        }
    }
}
