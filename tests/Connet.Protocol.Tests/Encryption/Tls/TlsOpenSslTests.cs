using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Connet.Protocol.Encryption.Tls;
using Connet.Protocol.Identities;

namespace Connet.Protocol.Tests.Encryption.Tls;

/// <summary>TLS with OpenSSL's command, in both roles: an engine that shares nothing with ours.</summary>
[NUnit.Framework.Category("Integration")]
public sealed class TlsOpenSslTests
{
    private readonly PeerIdentity _own = TlsPair.NewIdentity();
    private readonly PeerIdentity _other = TlsPair.NewIdentity();
    private DirectoryInfo _folder = null!;

    [OneTimeSetUp]
    public void Prepare()
    {
        _folder = Directory.CreateTempSubdirectory("connet-tls-");
        Write("server", _other.Server);
        Write("client", _other.Client);
        File.WriteAllText(PathOf("root.pem"), new string(PemEncoding.Write("CERTIFICATE", _own.Root.Span)));
        try
        {
            using Process version = Start("version");
            version.WaitForExit(TlsPair.Patience);
        }
        catch (Win32Exception)
        {
            const string Reason = "openssl is not installed (Debian package openssl).";
            if (Environment.GetEnvironmentVariable("CI") == "true")
            {
                Assert.Fail(Reason);
            }

            Assert.Ignore(Reason);
        }
    }

    [OneTimeTearDown]
    public void CleanUp() => _folder.Delete(recursive: true);

    /// <summary>The server sends session tickets after the handshake, and closes when it was closed.</summary>
    [Test]
    public async Task Openssl_is_the_destination()
    {
        using CancellationTokenSource patience = new(TlsPair.Patience);
        using Process server = Start(
            $"s_server -accept 127.0.0.1:0 -cert {PathOf("server.pem")} -key {PathOf("server.key")} -tls1_3 -Verify 1 -verify_return_error -CAfile {PathOf("root.pem")} -rev");
        try
        {
            string line = string.Empty;
            while (!line.StartsWith("ACCEPT ", StringComparison.Ordinal))
            {
                line = await server.StandardOutput.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException("openssl ended.");
            }

            using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, int.Parse(line[(line.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture), patience.Token);
            await using TlsRelayStream side = TlsRelayStream.AtSource(new StreamTransport(socket), _own.Client, TlsPair.Info(_other.Server));
            await TlsPair.HandshakeAsync(side);
            await side.WriteAsync("question\n"u8.ToArray(), patience.Token);
            Assert.That(await TlsPair.ReadAsync(side, 9), Is.EqualTo("noitseuq\n"u8.ToArray()));
            side.CompleteWrites();
            Assert.That(await TlsPair.ReadToEndAsync(side), Is.Empty, "the server says that it closes");
        }
        finally
        {
            server.Kill();
        }
    }

    [Test]
    public async Task Openssl_is_the_source()
    {
        using CancellationTokenSource patience = new(TlsPair.Patience);
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using Process client = Start(
            $"s_client -connect {listener.LocalEndPoint} -servername {_own.Server.ServerName} -cert {PathOf("client.pem")} -key {PathOf("client.key")} -tls1_3 -verify 1 -verify_return_error -CAfile {PathOf("root.pem")} -quiet -no_ign_eof");
        try
        {
            using Socket socket = await listener.AcceptAsync(patience.Token);
            await using TlsRelayStream side = TlsRelayStream.AtDestination(new StreamTransport(socket), _own.Server, TlsPair.Info(_other.Client));
            await TlsPair.HandshakeAsync(side);
            await client.StandardInput.WriteAsync("question\n");
            await client.StandardInput.FlushAsync(patience.Token);
            Assert.That(await TlsPair.ReadAsync(side, 9), Is.EqualTo("question\n"u8.ToArray()));
            await side.WriteAsync("answer\n"u8.ToArray(), patience.Token);
            Assert.That(await client.StandardOutput.ReadLineAsync(patience.Token), Is.EqualTo("answer"));
            client.StandardInput.Close();
            Assert.That(await TlsPair.ReadToEndAsync(side), Is.Empty, "the client says that it closes");
        }
        finally
        {
            client.Kill();
        }
    }

    private static Process Start(string arguments) => Process.Start(new ProcessStartInfo("openssl", arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private void Write(string name, GeneratedCertificate certificate)
    {
        File.WriteAllText(PathOf($"{name}.pem"), new string(PemEncoding.Write("CERTIFICATE", certificate.Certificate.Span)));
        File.WriteAllText(PathOf($"{name}.key"), new string(PemEncoding.Write("PRIVATE KEY", certificate.ExportPkcs8())));
    }

    private string PathOf(string file) => Path.Combine(_folder.FullName, file);
}
