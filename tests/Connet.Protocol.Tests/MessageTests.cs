using System.Text.Json;
using Connet.Protocol.Addressing;
using Connet.Protocol.Common;
using Connet.Protocol.Tests.Vectors;
using Google.Protobuf;

namespace Connet.Protocol.Tests;

/// <summary>The messages byte for byte, against the samples and whole sessions.</summary>
public sealed class MessageTests
{
    private static IEnumerable<string> SampleNames => Samples.Find("messages").EnumerateObject().Select(each => each.Name);

    private static IReadOnlyDictionary<string, MessageParser> Parsers { get; } = new Dictionary<string, MessageParser>
    {
        ["control AuthenticateReq"] = Control.AuthenticateReq.Parser,
        ["control AuthenticateResp"] = Control.AuthenticateResp.Parser,
        ["control Request"] = Control.Request.Parser,
        ["control Response"] = Control.Response.Parser,
        ["control-relays AuthenticateReq"] = ControlRelays.AuthenticateReq.Parser,
        ["control-relays AuthenticateResp"] = ControlRelays.AuthenticateResp.Parser,
        ["relay AuthenticateReq"] = Relays.AuthenticateReq.Parser,
        ["relay AuthenticateResp"] = Relays.AuthenticateResp.Parser,
        ["peer Request"] = Peers.Request.Parser,
        ["peer Response"] = Peers.Response.Parser,
    };

    [Test]
    public void Every_sample_has_a_message() => Assert.That(MessageSamples.All.Keys, Is.EquivalentTo(SampleNames));

    [TestCaseSource(nameof(SampleNames))]
    public void A_message_is_encoded_as_its_sample(string name)
    {
        JsonElement sample = Samples.Find("messages").GetProperty(name);
        IMessage message = MessageSamples.All[name];
        Assert.That(Convert.ToHexStringLower(MessageFraming.Encode(message, ProtocolGeneration.First)), Is.EqualTo(sample.GetProperty("generation_1").GetString()));
        Assert.That(Convert.ToHexStringLower(MessageFraming.Encode(message, ProtocolGeneration.Second)), Is.EqualTo(sample.GetProperty("generation_2").GetString()));
    }

    [TestCaseSource(nameof(SampleNames))]
    public void A_sample_is_read_as_its_message(string name)
    {
        byte[] body = Convert.FromHexString(Samples.Find("messages").GetProperty(name).GetProperty("generation_2").GetString()!)[4..];
        IMessage message = MessageSamples.All[name];
        Assert.That(message.Descriptor.Parser.ParseFrom(body), Is.EqualTo(message));
    }

    [Test]
    public void The_transcripts_were_found() =>
        Assert.That(TranscriptMessage.All.Select(message => message.Kind).Distinct(), Is.EquivalentTo(Parsers.Keys));

    /// <summary>Without its unknown fields a message keeps every byte only if every field is known.</summary>
    [TestCaseSource(typeof(TranscriptMessage), nameof(TranscriptMessage.All))]
    public void A_message_of_a_session_is_known_in_full(TranscriptMessage message) =>
        Assert.That(Parsers[message.Kind].WithDiscardUnknownFields(true).ParseFrom(message.Body).ToByteArray(), Is.EqualTo(message.Body));

    [Test]
    public void Every_message_of_the_sessions_passes_both_framings([Values] bool first)
    {
        ProtocolGeneration generation = first ? ProtocolGeneration.First : ProtocolGeneration.Second;
        foreach (TranscriptMessage message in TranscriptMessage.All)
        {
            string header = message.Body.Length.ToString(first ? "x16" : "x8");
            byte[] encoded = MessageFraming.Encode(Parsers[message.Kind].ParseFrom(message.Body), generation);
            Assert.That(encoded, Is.EqualTo(Convert.FromHexString(header).Concat(message.Body)), message.ToString());
        }
    }

    [Test]
    public void Unknown_fields_survive_a_relay()
    {
        byte[] body = [.. Convert.FromHexString("0a030a0100"), .. Convert.FromHexString("fa3f0568656c6c6f"), .. Convert.FromHexString("88400c")];
        Assert.That(Peers.Request.Parser.ParseFrom(body).ToByteArray(), Is.EqualTo(body));
    }

    [Test]
    public void Unknown_codes_and_schemes_keep_their_numbers()
    {
        Error error = Error.Parser.ParseFrom(new Error { Code = (ErrorCode)777 }.ToByteArray());
        Assert.That(error.ToCode(), Is.EqualTo((ProtocolErrorCode)777));
        Peers.Request.Types.Connect connect = new() { SourceEncryption = { (RelayEncryption)9, RelayEncryption.None } };
        Assert.That(Peers.Request.Types.Connect.Parser.ParseFrom(connect.ToByteArray()), Is.EqualTo(connect));
    }

    [Test]
    public void Extensions_have_numbers_that_older_programs_skip()
    {
        // Field 100 begins with the bytes a2 06 (length) or a0 06 (varint).
        Assert.That(
            Convert.ToHexStringLower(new Control.Peer { RelayEncryptions = { RelayEncryption.Dhxcp, RelayEncryption.None } }.ToByteArray()), Is.EqualTo("a206020200"));
        Assert.That(Convert.ToHexStringLower(new Peers.Request.Types.Connect { Datagrams = true }.ToByteArray()), Is.EqualTo("a00601"));
        Assert.That(Convert.ToHexStringLower(new Peers.Response.Types.Connect { Datagrams = true }.ToByteArray()), Is.EqualTo("a00601"));
    }

    [Test]
    public void Empty_answers_are_present()
    {
        Assert.That(Convert.ToHexStringLower(new Control.Response { Announce = new() }.ToByteArray()), Is.EqualTo("1200"));
        Assert.That(Convert.ToHexStringLower(new Control.Response { Relay = new() }.ToByteArray()), Is.EqualTo("1a00"));
        Assert.That(Convert.ToHexStringLower(new Peers.Request { Connect = new() }.ToByteArray()), Is.EqualTo("0a00"));
        Assert.That(Convert.ToHexStringLower(new Peers.Response { Connect = new() }.ToByteArray()), Is.EqualTo("1200"));
        Assert.That(Peers.Request.Parser.ParseFrom(Array.Empty<byte>()).Connect, Is.Null);
    }

    /// <summary>The messages that no sample has, field by field.</summary>
    [Test]
    public void Fields_outside_the_samples_have_their_numbers()
    {
        HostPort host = AddressMessages.ToHostPort("h", 1);
        Assert.That(
            Hex(new ControlRelays.AuthenticateReq
            {
                Token = "t",
                Addresses = { host },
                ReconnectToken = ByteString.CopyFrom(1),
                BuildVersion = "v",
                Metadata = "m",
                ServerCertificate = ByteString.CopyFrom(2),
                RelayAuthenticationKey = ByteString.CopyFrom(3),
            }),
            Is.EqualTo("0a0174" + "1a0101" + "220176" + "2a050a01681001" + "32016d" + "3a0102" + "420103"));
        Assert.That(
            Hex(new ControlRelays.AuthenticateResp
            {
                Error = new Error(),
                ControlId = "c",
                ReconnectToken = ByteString.CopyFrom(1),
                ControlAuthenticationKey = ByteString.CopyFrom(2),
            }),
            Is.EqualTo("0a00" + "120163" + "1a0101" + "220102"));
        Assert.That(
            Hex(new Relays.AuthenticateReq { Authentication = ByteString.CopyFrom(1), Metadata = "m", BuildVersion = "v" }), Is.EqualTo("0a0101" + "12016d" + "1a0176"));
        Assert.That(Hex(new Relays.AuthenticateResp { Error = new Error() }), Is.EqualTo("0a00"));
        Assert.That(
            Hex(new Control.Request { Relay = new() { Endpoint = new Endpoint { Name = "e" }, Role = Role.Source, ClientCertificate = ByteString.CopyFrom(1) } }),
            Is.EqualTo("120a" + "0a030a0165" + "1002" + "1a0101"));
        Assert.That(
            Hex(new Peers.Response.Types.Connect { DestinationTls = new() { ClientName = "n" }, DestinationDhX25519 = new() }), Is.EqualTo("1a030a016e" + "2200"));
        Assert.That(Hex(new Peers.Response { Error = new Error { Code = ErrorCode.DestinationNotFound, Message = "x" } }), Is.EqualTo("0a06" + "08f403" + "120178"));
    }

    [Test]
    public void A_message_may_be_deeper_than_anything_sensible_and_is_refused()
    {
        byte[] nested = [];
        for (int i = 0; i < 200; i++)
        {
            nested = [0x0b, .. nested];
        }

        ScriptedStream stream = new([0, 0, 0, (byte)nested.Length, .. nested]);
        Assert.That(
            async () => await MessageFraming.ReadAsync(stream, Peers.Request.Parser, ProtocolGeneration.Second, CancellationToken.None),
            Throws.TypeOf<ProtocolException>());
    }

    private static string Hex(IMessage message) => Convert.ToHexStringLower(message.ToByteArray());
}
