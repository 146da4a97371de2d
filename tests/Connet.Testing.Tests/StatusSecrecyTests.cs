using System.Security.Cryptography;
using System.Text.Json;
using Connet.Client;
using Connet.Protocol;

namespace Connet.Testing.Tests;

/// <summary>What is in a status, and what is not.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class StatusSecrecyTests
{
    [Test]
    public async Task No_token_and_no_key_is_in_a_status()
    {
        byte[] resetKey = RandomNumberGenerator.GetBytes(32);
        await using Scenario scenario = await Scenario.StartAsync(
            ConnetRoute.Relay, options => options.ConfigureClient = client => (client.StatelessResetKey, client.RelayEncryptions) = (resetKey, ["dhxcp"]));
        (ConnetConnection source, ConnetConnection destination) = await scenario.ConnectAsync();
        string[] secrets =
        [
            scenario.Network.Control.ClientToken,
            scenario.Network.Control.RelayToken,
            Convert.ToBase64String(resetKey),
            Convert.ToHexString(resetKey),
            Convert.ToHexStringLower(resetKey),
            "PRIVATE KEY",
            "BEGIN CERTIFICATE",
        ];
        IConnetStatusSource[] all = [scenario.SourceClient.Client, scenario.DestinationClient.Client, scenario.Network.Control.Server, scenario.Network.Relays[0].Server];
        Check();
        await scenario.Network.Control.StopAsync(scenario.Token);
        await scenario.UntilAsync(() => scenario.SourceClient.Client.GetStatus().State == ConnetClientState.Reconnecting, "the client has lost its control server");
        Check();
        await source.DisposeAsync();
        await destination.DisposeAsync();

        void Check()
        {
            foreach (IConnetStatusSource each in all)
            {
                string text = StatusDocument.TextOf(each);
                Assert.That(text, Does.Contain($"\"{each.Kind}\""));
                Assert.That(secrets.Where(text.Contains), Is.Empty, each.Kind);
            }
        }
    }

    [Test]
    public async Task Every_key_is_in_the_documentation()
    {
        string documentation = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "status.md"));
        await using Scenario scenario = await Scenario.StartAsync();
        await scenario.UntilAsync(() => scenario.Source.GetStatus() is { Paths.Count: > 0, Relays.Count: > 0, Peers.Count: > 0 }, "there is a path, a relay and a peer");
        await scenario.UntilAsync(() => scenario.Network.Relays[0].Server.GetStatus().Endpoints.Count > 0, "the endpoint is at the relay");
        IEnumerable<string> keys = new IConnetStatusSource[] { scenario.SourceClient.Client, scenario.Network.Control.Server, scenario.Network.Relays[0].Server }
            .SelectMany(each => KeysOf(StatusDocument.Of(each))).Distinct().Where(key => key != Scenario.Name);
        Assert.That(keys.Count(), Is.GreaterThan(50));
        Assert.That(keys.Where(key => !documentation.Contains($"`{key}`", StringComparison.Ordinal)), Is.Empty);
    }

    private static IEnumerable<string> KeysOf(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(each => KeysOf(each.Value).Prepend(each.Name)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(KeysOf),
        _ => [],
    };
}
