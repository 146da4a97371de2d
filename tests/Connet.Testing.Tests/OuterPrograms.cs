using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Connet.Client;
using Connet.Client.Tests;

namespace Connet.Testing.Tests;

/// <summary>The programs beside the endpoints of a scheme: users of the source, and the service of the destination.</summary>
internal sealed class OuterPrograms : IDisposable
{
    private readonly string _scheme;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("connet-outer-");
    private readonly TestPki _pki = new();
    private readonly (string Certificate, string Key) _identity;
    private readonly X509Certificate2 _certificate;
    private readonly Socket _service;

    public OuterPrograms(string scheme)
    {
        _scheme = scheme;
        _identity = _pki.Issue();
        _certificate = X509Certificate2.CreateFromPemFile(_identity.Certificate, _identity.Key);
        _service = New();
        _service.Bind(IsUnix ? new UnixDomainSocketEndPoint(Path.Combine(_folder.FullName, "service")) : new IPEndPoint(IPAddress.Loopback, 0));
        _service.Listen(1024);
    }

    private bool IsUnix => _scheme == "unix";

    public void Configure(ConnetSourceOptions options)
    {
        options.Address = IsUnix ? $"unix:{_folder.FullName}/source" : $"{_scheme}://127.0.0.1:0";
        (options.Tls.CertificateFile, options.Tls.KeyFile) = _identity;
    }

    public void Configure(ConnetDestinationOptions options)
    {
        options.Address = IsUnix ? $"unix:{_service.LocalEndPoint}" : $"{_scheme}://{_service.LocalEndPoint}";
        options.Tls.CaFile = _pki.CaFile;
    }

    /// <summary>A user connects to the source.</summary>
    public async Task<OuterConnection> ConnectAsync(Scenario scenario)
    {
        Socket socket = New();
        await socket.ConnectAsync(scenario.Source.LocalEndPoint!, scenario.Token);
        NetworkStream plain = new(socket);
        if (_scheme != "tls")
        {
            return new OuterConnection(socket, plain);
        }

        SslStream tls = new(plain);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, shown, _, _) => shown!.Equals(_certificate) },
            scenario.Token);
        return new OuterConnection(socket, tls);
    }

    /// <summary>The service accepts.</summary>
    public async Task<OuterConnection> AcceptAsync(Scenario scenario) => await ServeAsync(await AcceptSocketAsync(scenario.Token), scenario);

    /// <summary>The service accepts, and does no more yet.</summary>
    public async Task<Socket> AcceptSocketAsync(CancellationToken cancellationToken) => await _service.AcceptAsync(cancellationToken);

    /// <summary>The service does what comes before the first byte.</summary>
    public async Task<OuterConnection> ServeAsync(Socket socket, Scenario scenario)
    {
        NetworkStream plain = new(socket);
        if (_scheme != "tls")
        {
            return new OuterConnection(socket, plain);
        }

        SslStream tls = new(plain);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, scenario.Token);
        return new OuterConnection(socket, tls);
    }

    /// <summary>A user and the service at the two ends of one connection.</summary>
    public async Task<(OuterConnection User, OuterConnection Served)> OpenAsync(Scenario scenario)
    {
        Task<OuterConnection> accepting = AcceptAsync(scenario);
        return (await ConnectAsync(scenario), await accepting);
    }

    public void Dispose()
    {
        _service.Dispose();
        _certificate.Dispose();
        _pki.Dispose();
        _folder.Delete(recursive: true);
    }

    private Socket New() => IsUnix
        ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
}
