using CsCheck;
using Google.Protobuf;

namespace Connet.Protocol.Tests;

/// <summary>Lengths, limits and ends of messages on a stream.</summary>
[TestFixture(ProtocolGeneration.First)]
[TestFixture(ProtocolGeneration.Second)]
[CancelAfter(30_000)]
public sealed class MessageFramingTests
{
    private readonly ProtocolGeneration _generation;

    public MessageFramingTests(object generation) => _generation = (ProtocolGeneration)generation;

    private static Control.AuthenticateReq Sample => new() { Token = "a token", Metadata = new string('m', 300) };

    private byte[] Encoded => MessageFraming.Encode(Sample, _generation);

    [Test]
    public async Task A_message_is_one_write(CancellationToken cancellationToken)
    {
        ScriptedStream stream = new([]);
        await MessageFraming.WriteAsync(stream, Sample, _generation, cancellationToken);
        Assert.That(stream.Writes, Is.EqualTo(new[] { Encoded }));
    }

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(7)]
    [TestCase(int.MaxValue)]
    public async Task Messages_are_read_from_pieces(int piece, CancellationToken cancellationToken)
    {
        byte[] empty = new byte[MessageFraming.HeaderLength(_generation)];
        ScriptedStream stream = new([.. Encoded, .. empty, .. Encoded], piece);
        Assert.That(await Read(stream, cancellationToken), Is.EqualTo(Sample));
        Assert.That(await Read(stream, cancellationToken), Is.EqualTo(new Control.AuthenticateReq()));
        Assert.That(await Read(stream, cancellationToken), Is.EqualTo(Sample));
        Assert.That(await Read(stream, cancellationToken), Is.Null, "the stream ended between messages");
    }

    [Test]
    public async Task Bytes_after_a_message_stay_in_the_stream(CancellationToken cancellationToken)
    {
        ScriptedStream stream = new([.. Encoded, 1, 2, 3]);
        await Read(stream, cancellationToken);
        Assert.That(stream.Unread, Is.EqualTo(3));
    }

    [Test]
    public void A_stream_that_ends_inside_a_message_is_an_error()
    {
        byte[] encoded = Encoded;
        for (int length = 1; length < encoded.Length; length++)
        {
            ScriptedStream stream = new(encoded[..length]);
            Assert.That(
                async () => await Read(stream, CancellationToken.None), Throws.TypeOf<ProtocolException>().With.Message.Contains("ended inside"), $"after {length} bytes");
        }
    }

    [Test]
    public void A_stream_that_ends_where_a_message_must_come_is_an_error() =>
        Assert.That(
            async () => await MessageFraming.ReadAsync(new ScriptedStream([]), Control.AuthenticateReq.Parser, _generation, CancellationToken.None),
            Throws.TypeOf<ProtocolException>().With.Message.Contains("AuthenticateReq was expected"));

    [TestCase(MessageFraming.MaxMessageLength + 1u)]
    [TestCase(uint.MaxValue)]
    [TestCase(0x8000_0000u)]
    public void A_length_over_the_limit_is_refused_before_anything_is_allocated(uint length)
    {
        ScriptedStream stream = new([.. Header(length), 0, 0, 0, 0]);
        Read(new ScriptedStream([]), CancellationToken.None).AsTask().GetAwaiter().GetResult();
        long before = GC.GetAllocatedBytesForCurrentThread();
        ProtocolException? caught = Assert.Throws<ProtocolException>(() => Read(stream, CancellationToken.None).AsTask().GetAwaiter().GetResult());
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
        Assert.That(caught!.Message, Does.Contain($"{length} bytes is larger than the limit"));
        Assert.That(stream.Unread, Is.EqualTo(4), "nothing is read after the length");
    }

    [TestCase("ffffffffffffffff")]
    [TestCase("8000000000000000")]
    [TestCase("0000000100000000")]
    [TestCase("0000000100000005")]
    public void A_length_of_eight_bytes_is_not_cut_to_four(string header)
    {
        ScriptedStream stream = new([.. Convert.FromHexString(header), 1, 2, 3, 4, 5]);
        Assert.That(
            async () => await MessageFraming.ReadAsync(stream, Control.AuthenticateReq.Parser, ProtocolGeneration.First, CancellationToken.None),
            Throws.TypeOf<ProtocolException>().With.Message.Contains("larger than the limit"));
    }

    [Test]
    public void A_length_without_bytes_allocates_little()
    {
        ScriptedStream stream = new([.. Header(MessageFraming.MaxMessageLength), 1, 2, 3]);
        Assert.That(async () => await Read(stream, CancellationToken.None), Throws.TypeOf<ProtocolException>().With.Message.Contains("ended inside"));
        Assert.That(stream.LargestRead, Is.LessThanOrEqualTo(128 * 1024));
    }

    [Test]
    public async Task The_largest_message_passes(CancellationToken cancellationToken)
    {
        Peers.EcdhConfiguration message = new() { KeyTime = ByteString.CopyFrom(new byte[MessageFraming.MaxMessageLength - 5]) };
        Assert.That(message.CalculateSize(), Is.EqualTo(MessageFraming.MaxMessageLength));
        ScriptedStream sink = new([]);
        await MessageFraming.WriteAsync(sink, message, _generation, cancellationToken);
        ScriptedStream stream = new(sink.Written, 1_000_003);
        Assert.That(await MessageFraming.ReadAsync(stream, Peers.EcdhConfiguration.Parser, _generation, cancellationToken), Is.EqualTo(message));
    }

    [Test]
    public void A_larger_message_is_not_written()
    {
        Peers.EcdhConfiguration message = new() { KeyTime = ByteString.CopyFrom(new byte[MessageFraming.MaxMessageLength - 4]) };
        ScriptedStream sink = new([]);
        Assert.That(async () => await MessageFraming.WriteAsync(sink, message, _generation, CancellationToken.None), Throws.TypeOf<ProtocolException>());
        Assert.That(sink.Writes, Is.Empty);
    }

    [Test]
    public async Task A_limit_of_the_callers_is_kept(CancellationToken cancellationToken)
    {
        int length = Sample.CalculateSize();
        Assert.That(
            await MessageFraming.TryReadAsync(new ScriptedStream(Encoded), Control.AuthenticateReq.Parser, _generation, length, cancellationToken), Is.EqualTo(Sample));
        Assert.That(
            async () => await MessageFraming.TryReadAsync(new ScriptedStream(Encoded), Control.AuthenticateReq.Parser, _generation, length - 1, cancellationToken),
            Throws.TypeOf<ProtocolException>());
    }

    [TestCase("ff")]
    [TestCase("0a05")]
    [TestCase("0a02c328")]
    public void What_is_no_message_is_an_error(string body)
    {
        byte[] bytes = Convert.FromHexString(body);
        ScriptedStream stream = new([.. Header((uint)bytes.Length), .. bytes]);
        Assert.That(
            async () => await Read(stream, CancellationToken.None), Throws.TypeOf<ProtocolException>().With.InnerException.TypeOf<InvalidProtocolBufferException>());
    }

    [TestCase(0)]
    [TestCase(2)]
    [TestCase(20)]
    public async Task A_read_that_waits_can_be_cancelled(int after)
    {
        using CancellationTokenSource source = new();
        ScriptedStream stream = new(Encoded) { StallAt = after };
        ValueTask<Control.AuthenticateReq?> read = Read(stream, source.Token);
        Assert.That(read.IsCompleted, Is.False);
        await source.CancelAsync();
        Assert.That(async () => await read, Throws.InstanceOf<OperationCanceledException>().With.Property("CancellationToken").EqualTo(source.Token));
    }

    [Test]
    public void Hostile_bytes_never_do_worse_than_a_protocol_error() =>
        Gen.Byte.Array[0, 64].Sample(
            body =>
            {
                ScriptedStream stream = new([.. Header((uint)body.Length), .. body], 5);
                try
                {
                    MessageFraming.TryReadAsync(stream, Control.Response.Parser, _generation, CancellationToken.None).AsTask().GetAwaiter().GetResult();
                }
                catch (ProtocolException)
                {
                    // Expected for most of them.
                }
            },
            seed: "0N0XIzNsQ0O2",
            iter: 2000);

    private ValueTask<Control.AuthenticateReq?> Read(Stream stream, CancellationToken cancellationToken) =>
        MessageFraming.TryReadAsync(stream, Control.AuthenticateReq.Parser, _generation, cancellationToken);

    private byte[] Header(uint length) => Convert.FromHexString(length.ToString(_generation == ProtocolGeneration.First ? "x16" : "x8"));
}
