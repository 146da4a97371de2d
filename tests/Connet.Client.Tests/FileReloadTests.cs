using Connet.HandPeer;
using Connet.Protocol;

namespace Connet.Client.Tests;

/// <summary>The file of the control server's authorities, read again while the client runs.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class FileReloadTests
{
    [Test]
    public async Task A_server_with_a_new_certificate_is_believed_after_its_authorities_were_read_again()
    {
        using TestPki files = new();
        HandControlServer first = HandControlServer.Start(ProtocolGeneration.Second, FreePorts.Next());
        string authorities = files.Write("server.pem", first.Certificate.ExportCertificatePem());
        await using ConnetClient client = TestClient.New(first, options => (options.ServerCaFile, options.ServerCertificateValidation) = (authorities, null));
        Task starting = client.StartAsync().AsTask();
        HandConnection connection = await first.AuthenticateAsync();
        await starting.WaitAsync(TestTimeout);

        files.Write("server.pem", "no certificate");
        ConnetClientException failure = Assert.Throws<ConnetClientException>(client.ReloadFiles)!;
        Assert.That(failure.Message, Is.EqualTo($"The file of authorities {authorities} cannot be used: it has no certificate in PEM form."));

        using var next = HandControlServer.NewCertificate();
        files.Write("server.pem", next.ExportCertificatePem());
        client.ReloadFiles();
        Assert.That(connection.Connection.IsClosed, Is.False, "an open connection goes on");
        Assert.That(client.GetStatus().State, Is.EqualTo(ConnetClientState.Connected));

        int port = first.EndPoint.Port;
        await first.DisposeAsync();
        await using HandControlServer second = HandControlServer.Start(ProtocolGeneration.Second, port, next);
        await using HandConnection again = await second.AuthenticateAsync();
        Assert.That(again.Connection.IsClosed, Is.False);
    }

    [Test]
    public async Task A_client_that_does_not_run_reads_nothing()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        await using ConnetClient client = TestClient.New(server, options => (options.ServerCaFile, options.ServerCertificateValidation) = ("/nowhere/ca.pem", null));
        Assert.DoesNotThrow(client.ReloadFiles);
    }

    private static TimeSpan TestTimeout => TimeSpan.FromSeconds(60);
}
