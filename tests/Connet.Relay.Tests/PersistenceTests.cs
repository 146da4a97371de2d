using System.Text;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Identities;
using Connet.Quic;

namespace Connet.Relay.Tests;

/// <summary>What outlives a relay's process.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class PersistenceTests
{
    [Test]
    public async Task The_control_server_and_the_token_are_remembered()
    {
        using TemporaryFolder folder = new();
        await using HandRelayControl control = HandRelayControl.Start();
        await RunAsync(control, folder, uplink => uplink.AdmitAsync("control-1", "token-1"), expectedToken: "");
        await RunAsync(control, folder, uplink => uplink.AdmitAsync("control-1", "token-2"), expectedToken: "token-1");
        await RunAsync(control, folder, uplink => uplink.AdmitAsync("control-1", ""), expectedToken: "token-2");
        await RunAsync(control, folder, uplink => uplink.AdmitAsync("control-1", "token-3"), expectedToken: "");
    }

    [Test]
    public async Task Another_control_server_is_refused_after_a_restart_until_the_file_is_removed()
    {
        using TemporaryFolder folder = new();
        await using HandRelayControl control = HandRelayControl.Start();
        await RunAsync(control, folder, uplink => uplink.AdmitAsync("control-1", "token-1"), expectedToken: "");
        await using (RelayServer relay = await RelayServer.StartAsync(Options(control, folder)))
        {
            await control.AdmitRelayAsync("control-2");
            RelayServerException? failure = Assert.ThrowsAsync<RelayServerException>(async () => await relay.WaitForControlAsync().WaitAsync(HandConnection.Patience));
            string file = Path.Combine(folder.Path, "relay-control");
            Assert.That(failure!.Message, Does.Contain("control-1").And.Contain("control-2").And.Contain(file));
            File.Delete(file);
        }

        await RunAsync(control, folder, uplink => uplink.AdmitAsync("control-2", "token-1"), expectedToken: "");
    }

    [TestCase("")]
    [TestCase("something else\n")]
    [TestCase("connet relay 1\ncontrol-1\nnot base64!\n")]
    public async Task A_state_file_that_is_not_ours_is_an_error_and_stays_as_it_is(string content)
    {
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Path, "relay-control");
        await File.WriteAllTextAsync(file, content);
        await using HandRelayControl control = HandRelayControl.Start();
        RelayServerException? failure = Assert.ThrowsAsync<RelayServerException>(async () => await RelayServer.StartAsync(Options(control, folder)));
        Assert.That(failure!.Message, Does.Contain(file));
        Assert.That(await File.ReadAllTextAsync(file), Is.EqualTo(content));
    }

    [Test]
    [Platform(Exclude = "Win")]
    public async Task What_is_remembered_is_for_its_owner_only_and_whole()
    {
        using TemporaryFolder folder = new();
        await using HandRelayControl control = HandRelayControl.Start();
        await RunAsync(control, folder, uplink => uplink.AdmitAsync("control-1", "token-1"), expectedToken: "");
        await RunAsync(control, folder, uplink => uplink.AdmitAsync("control-1", "token-2"), expectedToken: "token-1");
        string[] files = [.. Directory.GetFiles(folder.Path).Order(StringComparer.Ordinal)];
        Assert.That(files.Select(Path.GetFileName), Is.EqualTo(new[] { "relay-control", "stateless-reset-127.0.0.1-0.key" }), "and no temporary file");
        foreach (string file in files)
        {
            if (!OperatingSystem.IsWindows())
            {
                Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite), file);
            }
        }
    }

    [Test]
    public async Task A_reset_key_of_the_wrong_size_is_an_error()
    {
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Path, "stateless-reset-127.0.0.1-0.key");
        await File.WriteAllBytesAsync(file, new byte[31]);
        await using HandRelayControl control = HandRelayControl.Start();
        RelayServerException? failure = Assert.ThrowsAsync<RelayServerException>(async () => await RelayServer.StartAsync(Options(control, folder)));
        Assert.That(failure!.Message, Does.Contain(file));
    }

    [Test]
    public async Task A_client_of_a_killed_relay_learns_of_it_by_a_stateless_reset()
    {
        using TemporaryFolder folder = new();
        await using HandRelayControl control = HandRelayControl.Start();
        RelayServerOptions options = Options(control, folder);
        bool isKilled = false;
        options.Ingresses[0].Address = $"127.0.0.1:{FreePorts.Next()}";
        options.Ingresses[0].ConfigureEndpoint = endpoint => endpoint.OutgoingFilter = _ => isKilled ? QuicDatagramFate.Drop : QuicDatagramFate.Send;
        await using RelayServer killed = await RelayServer.StartAsync(options);
        HandRelayUplink uplink = await control.AdmitRelayAsync();
        await killed.WaitForControlAsync().WaitAsync(HandConnection.Patience);
        PeerIdentity identity = HandIdentity.Peer();
        await using HandRelayClient client = await HandRelayClient.DialAsync(killed.EndPoints[0], uplink.ServerCertificate, identity, ProtocolGeneration.Second);
        await client.AuthenticateAsync(uplink.Prove("web", Role.Destination, identity));

        // Its last words are lost, as those of a killed process are.
        isKilled = true;
        await killed.DisposeAsync();
        isKilled = false;
        await using RelayServer restarted = await RelayServer.StartAsync(options);
        client.Connection.Connection.Ping();
        Assert.That((await client.Connection.ClosedAsync()).QuicError, Is.EqualTo(QuicError.StatelessReset));
    }

    private static RelayServerOptions Options(HandRelayControl control, TemporaryFolder folder)
    {
        RelayServerOptions options = Rig.Options(control);
        options.StateDirectory = folder.Path;
        return options;
    }

    private static async Task RunAsync(HandRelayControl control, TemporaryFolder folder, Func<HandRelayUplink, Task> admit, string expectedToken)
    {
        await using RelayServer relay = await RelayServer.StartAsync(Options(control, folder));
        HandRelayUplink uplink = await control.AcceptRelayAsync();
        Assert.That(Encoding.UTF8.GetString(uplink.Request.ReconnectToken.Span), Is.EqualTo(expectedToken));
        await admit(uplink);
        await relay.WaitForControlAsync().WaitAsync(HandConnection.Patience);
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("connet-relay-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
