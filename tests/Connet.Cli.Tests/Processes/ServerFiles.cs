using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Connet.Cli.Tests.Processes;

/// <summary>What a server needs before it can start.</summary>
internal static class ServerFiles
{
    /// <summary>Writes a self-signed certificate for 127.0.0.1 and its key.</summary>
    public static void WriteCertificate(Scratch scratch, string certificateFile, string keyFile)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=connet", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddDays(1));
        scratch.Write(certificateFile, certificate.ExportCertificatePem());
        scratch.Write(keyFile, key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>A socket that keeps a UDP port from others.</summary>
    public static Socket TakeUdpPort(out int port)
    {
        Socket socket = new(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp) { DualMode = true };
        socket.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        return socket;
    }
}
