using Connet.Client.Tests.Control;
using Connet.HandPeer;
using Connet.Quic;

namespace Connet.Client.Tests;

/// <summary>Settings of clients of a hand-driven server.</summary>
internal static class TestClient
{
    public static ConnetClientOptions Options(HandControlServer server, Action<ConnetClientOptions>? configure = null)
    {
        ConnetClientOptions options = new();
        Configure(options, server);
        configure?.Invoke(options);
        return options;
    }

    public static void Configure(ConnetClientOptions options, HandControlServer server)
    {
        options.Token = "the token";
        options.ServerAddress = server.EndPoint.ToString();
        options.DirectAddress = "127.0.0.1:0";
        options.ServerCertificateValidation = QuicCertificateValidation.Pinned(server.Certificate.RawData);
    }

    public static ConnetClient New(HandControlServer server, Action<ConnetClientOptions>? configure = null) =>
        new(Options(server, configure), new FakeInterfaces());
}
