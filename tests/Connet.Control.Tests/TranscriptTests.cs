using System.Text.Json;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Control;
using Google.Protobuf;
using RelayRequest = Connet.Protocol.ControlRelays.AuthenticateReq;
using RelayResponse = Connet.Protocol.ControlRelays.AuthenticateResp;

namespace Connet.Control.Tests;

/// <summary>
/// The requests that programs of the field sent to a control server of the field, sent to ours: it gives the answers that they got,
/// but for what is random in them.
/// </summary>
public sealed class TranscriptTests
{
    /// <summary>The set-up of both clients is over by then, in milliseconds; what follows are their ends, which take what time they take.</summary>
    private const double SetUp = 2000;

    private static readonly JsonElement s_scenarios = Load().GetProperty("scenarios");

    private static IEnumerable<TestCaseData> Scenarios =>
        from scenario in s_scenarios.EnumerateObject()
        from generation in new[] { 1, 2 }
        select new TestCaseData(scenario.Name, generation);

    [TestCaseSource(nameof(Scenarios))]
    public async Task Programs_of_the_field_get_the_answers_that_they_know(string scenario, int generation)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync(options => (options.ClientTokens, options.RelayTokens) = (["tok"], ["rtok"]));
        Dictionary<string, HandConnection> connections = [];
        Dictionary<string, HandStream> streams = [];
        int answers = 0;
        int updates = 0;
        foreach (JsonElement message in s_scenarios.GetProperty(scenario).EnumerateArray())
        {
            (string who, string does, string kind) = (Text(message, "who"), Text(message, "does"), Text(message, "message"));
            if (who == "control" || !kind.StartsWith("control", StringComparison.Ordinal) || message.GetProperty("at_ms").GetDouble() > SetUp)
            {
                continue;
            }

            byte[] body = Convert.FromHexString(Text(message, "hex"));
            if (kind.EndsWith("AuthenticateReq", StringComparison.Ordinal))
            {
                bool isRelay = kind.StartsWith("control-relays", StringComparison.Ordinal);
                connections[who] = await harness.DialAsync(isRelay ? ConnectionKind.ControlRelays : ConnectionKind.ControlClients, (ProtocolGeneration)generation);
                HandStream stream = streams[who] = await connections[who].OpenAsync();
                await stream.SendAsync(isRelay ? RelayRequest.Parser.ParseFrom(body) : AuthenticateReq.Parser.ParseFrom(body));
                stream.Complete();
            }
            else if (kind == "control-relays AuthenticateResp")
            {
                RelayResponse expected = RelayResponse.Parser.ParseFrom(body);
                RelayResponse actual = await streams[who].ReceiveAsync(RelayResponse.Parser);
                Assert.That(actual.CalculateSize(), Is.EqualTo(expected.CalculateSize()), "random values of the same lengths");
                answers++;
            }
            else if (kind == "control AuthenticateResp")
            {
                AuthenticateResp expected = AuthenticateResp.Parser.ParseFrom(body);
                AuthenticateResp actual = await streams[who].ReceiveAsync(AuthenticateResp.Parser);
                Assert.That(actual.Public.Addr, Is.EqualTo(expected.Public.Addr));
                Assert.That(actual.ReconnectToken, Has.Length.EqualTo(expected.ReconnectToken.Length));
                answers++;
            }
            else if (does == "send")
            {
                Request request = Request.Parser.ParseFrom(body);
                string name = $"{who} {(request.Announce is null ? "relay" : "announce")}";
                if (!streams.TryGetValue(name, out HandStream? stream))
                {
                    streams[name] = stream = await connections[who].OpenAsync();
                }

                await stream.SendAsync(request);
                if (request.Announce?.Peer.RelayIds.Count > 0)
                {
                    // Nothing answers an update, and whoever asks next is told what the server knows by then.
                    updates++;
                    await ControlHarness.UntilAsync(
                        () => harness.Server.GetStatus().Clients.SelectMany(client => client.Endpoints).Count(each => each.Relays.Count > 0) == updates);
                }
            }
            else
            {
                Response expected = Response.Parser.ParseFrom(body);
                Response actual = await streams[$"{who} {(expected.Announce is null ? "relay" : "announce")}"].ReceiveAsync(Response.Parser);
                Assert.That(WithoutRandom(actual), Is.EqualTo(WithoutRandom(expected)));
                answers++;
            }
        }

        Assert.That(answers, Is.EqualTo(9), "the transcript was played");
    }

    private static Response WithoutRandom(Response response)
    {
        foreach (RemotePeer peer in response.Announce?.Peers ?? [])
        {
            Assert.That(peer.Id, Has.Length.EqualTo(52));
            peer.Id = "";
        }

        foreach (Relay relay in response.Relay?.Relays ?? [])
        {
            Assert.That(relay.Id, Has.Length.EqualTo(52));
            Assert.That(relay.Authentication, Has.Length.EqualTo(106).Within(4));
            relay.Id = "";
            relay.Authentication = ByteString.Empty;
        }

        return response;
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static JsonElement Load()
    {
        using Stream stream = typeof(TranscriptTests).Assembly.GetManifestResourceStream("transcripts.json")!;
        return JsonDocument.Parse(stream).RootElement;
    }
}
