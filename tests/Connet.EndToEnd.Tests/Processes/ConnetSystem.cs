using System.Diagnostics;
using System.Globalization;

namespace Connet.EndToEnd.Tests.Processes;

/// <summary>
/// A server, or a control server and a relay, and clients, each a `connet` process with a file of its own, as the quickstart has them: written
/// in the older dialect, with a certificate from openssl. Disposal ends all of them.
/// </summary>
internal sealed class ConnetSystem : IAsyncDisposable
{
    private const string Token = "a-token-of-the-end-to-end-tests";

    private const string RelayToken = "another-token-of-the-end-to-end-tests";

    private readonly TestFolder _folder = new();
    private readonly List<ProgramProcess> _processes = [];
    private readonly string _host;
    private readonly Func<string, string>? _network;

    private ConnetSystem(string host, Func<string, string>? network)
    {
        _host = host;
        _network = network;
    }

    public string ServerAddress => string.Create(CultureInfo.InvariantCulture, $"{_host}:{ServerPort}");

    public int ServerPort { get; } = FreePorts.Next();

    public int RelayPort { get; } = FreePorts.Next();

    /// <summary>Where relays of their own find a control server of its own.</summary>
    public int RelayControlPort { get; } = FreePorts.Next();

    public string CertificateFile => _folder.Path("cert.pem");

    /// <summary>Makes the files; starts nothing yet.</summary>
    /// <param name="host">The address by which clients reach the server.</param>
    /// <param name="network">Gives the namespace of a process's network; null for this machine's own.</param>
    public static async Task<ConnetSystem> CreateAsync(string host = "127.0.0.1", Func<string, string>? network = null)
    {
        Programs.Require("openssl", "bash");
        ConnetSystem system = new(host, network);
        await system.MakeCertificateAsync("cert.pem", "key.pem", host);
        return system;
    }

    /// <summary>A self-signed certificate, by the command of the quickstart.</summary>
    public async Task<string> MakeCertificateAsync(string certificate, string key, string address)
    {
        await ProgramProcess.RunAsync(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                "-subj", "/CN=connet", "-addext", $"subjectAltName=IP:{address},DNS:localhost", "-keyout", _folder.Path(key), "-out", _folder.Path(certificate),
            ],
            TestLimits.Step);
        return _folder.Path(certificate);
    }

    public string ServerConfiguration(string more = "") =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            [server]
            addr = ":{ServerPort}"
            cert-file = "{CertificateFile}"
            key-file = "{_folder.Path("key.pem")}"
            tokens = ["{Token}"]
            relay-addr = ":{RelayPort}"
            relay-hostname = "{_host}"
            store-dir = "{_folder.Path("store")}"
            {more}
            """);

    public string ControlConfiguration() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            [control]
            clients-addr = ":{ServerPort}"
            relays-addr = ":{RelayControlPort}"
            cert-file = "{CertificateFile}"
            key-file = "{_folder.Path("key.pem")}"
            clients-tokens = ["{Token}"]
            relays-tokens = ["{RelayToken}"]
            store-dir = "{_folder.Path("control-store")}"
            """);

    public string RelayConfiguration() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            [relay]
            token = "{RelayToken}"
            addr = ":{RelayPort}"
            hostname = "{_host}"
            control-addr = "{_host}:{RelayControlPort}"
            control-cas = "{CertificateFile}"
            store-dir = "{_folder.Path("relay-store")}"
            """);

    public string ClientConfiguration(string endpoints, int? directPort = null, string token = Token, string? certificate = null) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            [client]
            token = "{token}"
            server-addr = "{ServerAddress}"
            server-cas = "{certificate ?? CertificateFile}"
            direct-addr = ":{directPort ?? FreePorts.Next()}"
            {endpoints}
            """);

    /// <summary>Starts `connet` with a configuration file of this text, and does not wait for anything.</summary>
    /// <param name="name">Names the file and the process in the test's log.</param>
    /// <param name="configuration">The file.</param>
    /// <param name="arguments">Before <c>--config</c>: the sub-command.</param>
    /// <param name="network">The network to run in.</param>
    public ProgramProcess Run(string name, string configuration, string[]? arguments = null, string network = "")
    {
        string[] command = [Programs.DotNet, Programs.Connet, .. arguments ?? [], "--config", _folder.Write(name + ".toml", configuration)];
        ProcessStartInfo start = _network is null
            ? new ProcessStartInfo(command[0], command[1..])
            : new ProcessStartInfo("ip", ["netns", "exec", _network(network), .. command]);
        start.WorkingDirectory = Directory.CreateDirectory(_folder.Path(name)).FullName;
        start.Environment["CONNET_CACHE_DIR"] = _folder.Path(name);
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment.Remove("CONNET_TOKEN");
        ProgramProcess process = ProgramProcess.Start(name, start);
        _processes.Add(process);
        return process;
    }

    public async Task<ProgramProcess> StartServerAsync(string network = "")
    {
        ProgramProcess server = Run("server", ServerConfiguration(), ["server"], network);
        await server.WaitForLineAsync(ConnetLog.ServerReady, TestLimits.Start);
        return server;
    }

    /// <summary>Starts a control server of its own, at the address of <see cref="StartServerAsync"/>'s; for a relay of its own.</summary>
    public async Task<ProgramProcess> StartControlAsync()
    {
        ProgramProcess control = Run("control", ControlConfiguration(), ["control"]);
        await control.WaitForLineAsync(ConnetLog.ServerReady, TestLimits.Start);
        return control;
    }

    /// <summary>Starts a relay of its own and waits until the control server has accepted it.</summary>
    public async Task<ProgramProcess> StartRelayAsync()
    {
        ProgramProcess relay = Run("relay", RelayConfiguration(), ["relay"]);
        await relay.WaitForLineAsync(ConnetLog.Connected, TestLimits.Start);
        return relay;
    }

    /// <summary>Starts a client and waits until the server has accepted it.</summary>
    public async Task<ProgramProcess> StartClientAsync(string name, string configuration, string network = "")
    {
        ProgramProcess client = Run(name, configuration, network: network);
        await client.WaitForLineAsync(ConnetLog.Connected, TestLimits.Start);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ProgramProcess process in Enumerable.Reverse(_processes))
        {
            await process.DisposeAsync();
        }

        _folder.Dispose();
    }
}
