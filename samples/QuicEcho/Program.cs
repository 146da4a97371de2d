using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Connet.Quic;

namespace QuicEcho;

/// <summary>Reads the command line: a server, a client, or both of them in this process.</summary>
internal static class Program
{
    private const string Usage = """
        usage: QuicEcho                                        server and client in one process, over loopback
               QuicEcho server <port>                          echoes until Ctrl+C; shows the certificate to pin
               QuicEcho client <host>:<port> --pin <certificate>   base64, or a file in PEM or DER
        """;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private static async Task<int> Main(string[] args)
    {
        try
        {
            switch (args)
            {
                case []:
                    return await RunBothAsync();
                case ["server", string port] when ushort.TryParse(port, CultureInfo.InvariantCulture, out ushort number):
                    return await RunServerAsync(number);
                case ["client", string server, "--pin", string certificate]:
                    return await RunClientAsync(server, DemoCertificate.ReadPin(certificate));
                default:
                    Console.Error.WriteLine(Usage);
                    return 2;
            }
        }
        catch (Exception exception) when (exception is QuicException or SocketException or FormatException or OperationCanceledException)
        {
            Console.Error.WriteLine($"failed: {exception.Message}");
            return 1;
        }
    }

    private static async Task<int> RunBothAsync()
    {
        QuicCertificate certificate = DemoCertificate.Create();
        await using EchoServer server = new(new IPEndPoint(IPAddress.Loopback, 0), certificate);
        Console.WriteLine($"server  {server.Description}");
        Task serving = server.RunAsync();
        using CancellationTokenSource timeout = new(s_patience);
        bool intact = await EchoClient.RunAsync(server.LocalEndPoint, certificate.RawLeaf, timeout.Token);
        await server.DisposeAsync();
        await serving;
        return intact ? 0 : 1;
    }

    private static async Task<int> RunServerAsync(int port)
    {
        QuicCertificate certificate = DemoCertificate.Create();
        await using EchoServer server = new(new IPEndPoint(IPAddress.IPv6Any, port), certificate);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        Console.WriteLine($"server  {server.Description}");
        Console.WriteLine($"try     QuicEcho client <this host>:{server.LocalEndPoint.Port} --pin {Convert.ToBase64String(certificate.RawLeaf.Span)}");
        await server.RunAsync();
        return 0;

        // RunAsync ends when the endpoint does.
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            _ = server.DisposeAsync().AsTask();
        }
    }

    private static async Task<int> RunClientAsync(string server, ReadOnlyMemory<byte> pin)
    {
        using CancellationTokenSource timeout = new(s_patience);
        return await EchoClient.RunAsync(await ResolveAsync(server, timeout.Token), pin, timeout.Token) ? 0 : 1;
    }

    private static async Task<IPEndPoint> ResolveAsync(string server, CancellationToken cancellationToken)
    {
        int colon = server.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(server[(colon + 1)..], CultureInfo.InvariantCulture, out ushort port))
        {
            throw new FormatException($"'{server}' has no port: write <host>:<port>.");
        }

        IPAddress[] addresses = await Dns.GetHostAddressesAsync(server[..colon].Trim('[', ']'), cancellationToken);
        return new IPEndPoint(addresses[0], port);
    }
}
