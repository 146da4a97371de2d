using System.Text;
using System.Text.Json;
using Connet.Protocol.Encryption;
using Connet.Protocol.Keys;
using Connet.Protocol.Tests.Vectors;

namespace Connet.Protocol.Tests.Encryption;

/// <summary>Frames on a stream: their bytes, limits, order, ends and faults.</summary>
[CancelAfter(30_000)]
public sealed class DhxcpStreamTests
{
    private readonly DhxcpKeys _keys = Keys();

    [Test]
    public async Task The_samples_writes_give_the_samples_frames(CancellationToken cancellationToken)
    {
        ScriptedStream inner = new([]);
        await using DhxcpStream stream = DhxcpStream.AtSource(inner, _keys);
        await stream.WriteAsync(Encoding.ASCII.GetBytes("hello connet"), cancellationToken);
        await stream.WriteAsync(Enumerable.Repeat((byte)0x5a, 70_000).ToArray(), cancellationToken);

        Assert.That(inner.Writes, Has.Count.EqualTo(3), "one write for each frame");
        Assert.That(inner.Written, Has.Length.EqualTo(Samples.Find("dhxcp/frames/total_length").GetInt32()));
        Assert.That(Hex(inner.Writes[0]), Is.EqualTo(Samples.Text("dhxcp/frames/first_frame")));
        Assert.That(Hex(inner.Writes[1].AsSpan()[..2]), Is.EqualTo(Samples.Text("dhxcp/frames/second_frame_length_field")));
        Assert.That(Hex(inner.Writes[1].AsSpan()[2..18]), Is.EqualTo(Samples.Text("dhxcp/frames/second_frame_first_16")));
        Assert.That(Hex(inner.Writes[1].AsSpan()[^16..]), Is.EqualTo(Samples.Text("dhxcp/frames/second_frame_tag")));
        JsonElement third = Samples.Find("dhxcp/frames/third_frame");
        Assert.That(Hex(inner.Writes[2].AsSpan()[..2]), Is.EqualTo(third.GetProperty("length_field").GetString()));
        Assert.That(Hex(inner.Writes[2].AsSpan()[2..18]), Is.EqualTo(third.GetProperty("first_16").GetString()));
        Assert.That(Hex(inner.Writes[2].AsSpan()[^16..]), Is.EqualTo(third.GetProperty("tag").GetString()));
    }

    [TestCase(1, 1)]
    [TestCase(3, 1000)]
    [TestCase(int.MaxValue, 7)]
    [TestCase(int.MaxValue, 100_000)]
    public async Task What_one_side_writes_the_other_reads(int piece, int room, CancellationToken cancellationToken)
    {
        byte[] data = [.. Enumerable.Range(0, 70_000).Select(i => (byte)(i * 31 >> 3))];
        byte[] frames = await Seal(data, cancellationToken);
        await using DhxcpStream reader = DhxcpStream.AtDestination(new ScriptedStream(frames, piece), _keys);
        Assert.That((await ReadAll(reader, room, cancellationToken)).AsSpan().SequenceEqual(data), Is.True);
        Assert.That(await reader.ReadAsync(new byte[1], cancellationToken), Is.Zero, "the end stays the end");
    }

    [Test]
    public async Task Directions_have_their_own_keys(CancellationToken cancellationToken)
    {
        ScriptedStream inner = new([]);
        await using DhxcpStream writer = DhxcpStream.AtDestination(inner, _keys);
        await writer.WriteAsync(new byte[] { 1, 2, 3 }, cancellationToken);
        await using DhxcpStream source = DhxcpStream.AtSource(new ScriptedStream(inner.Written), _keys);
        Assert.That(await ReadAll(source, 10, cancellationToken), Is.EqualTo(new byte[] { 1, 2, 3 }));
        await using DhxcpStream reflected = DhxcpStream.AtDestination(new ScriptedStream(inner.Written), _keys);
        Refuse(reflected, "not what the other side sent");
    }

    [TestCase(DhxcpFrames.MaxPlaintext, 1)]
    [TestCase(DhxcpFrames.MaxPlaintext + 1, 2)]
    [TestCase(0, 0)]
    public async Task A_frame_holds_at_most_65517_bytes(int length, int frames, CancellationToken cancellationToken)
    {
        ScriptedStream inner = new([]);
        await using DhxcpStream stream = DhxcpStream.AtSource(inner, _keys);
        await stream.WriteAsync(new byte[length], cancellationToken);
        Assert.That(inner.Writes, Has.Count.EqualTo(frames));
        Assert.That(inner.Writes.Select(write => (write[0] << 8) | write[1]), Has.All.LessThanOrEqualTo(65_533));
    }

    [TestCase("0000")]
    [TestCase("000f")]
    [TestCase("fffe")]
    [TestCase("ffff")]
    public void A_length_that_no_frame_has_is_refused(string header)
    {
        ScriptedStream inner = new([.. Convert.FromHexString(header), .. new byte[70_000]]);
        Refuse(DhxcpStream.AtDestination(inner, _keys), "cannot have");
        Assert.That(inner.Unread, Is.EqualTo(70_000));
    }

    [Test]
    public async Task An_empty_frame_is_passed_over(CancellationToken cancellationToken)
    {
        using FrameCipher cipher = FrameCipher.Create(_keys.SourceKey);
        byte[] empty = Frame(cipher, []);
        byte[] full = Frame(cipher, [7]);
        await using DhxcpStream reader = DhxcpStream.AtDestination(new ScriptedStream([.. empty, .. full]), _keys);
        Assert.That(await ReadAll(reader, 10, cancellationToken), Is.EqualTo(new byte[] { 7 }));
    }

    [Test]
    public async Task A_stream_that_ends_inside_a_frame_is_an_error(CancellationToken cancellationToken)
    {
        byte[] frames = await Seal([1, 2, 3], cancellationToken);
        for (int length = 1; length < frames.Length; length++)
        {
            Refuse(DhxcpStream.AtDestination(new ScriptedStream(frames[..length]), _keys), "ended inside");
        }
    }

    [Test]
    public async Task Frames_in_the_wrong_order_twice_or_missing_are_refused(CancellationToken cancellationToken)
    {
        ScriptedStream inner = new([]);
        await using DhxcpStream writer = DhxcpStream.AtSource(inner, _keys);
        await writer.WriteAsync(new byte[] { 1 }, cancellationToken);
        await writer.WriteAsync(new byte[] { 2 }, cancellationToken);
        (byte[] first, byte[] second) = (inner.Writes[0], inner.Writes[1]);

        Refuse(DhxcpStream.AtDestination(new ScriptedStream([.. second, .. first]), _keys), "not what the other side sent");
        Refuse(DhxcpStream.AtDestination(new ScriptedStream(second), _keys), "not what the other side sent");
        await using DhxcpStream repeated = DhxcpStream.AtDestination(new ScriptedStream([.. first, .. first]), _keys);
        Assert.That(await repeated.ReadAsync(new byte[10], cancellationToken), Is.EqualTo(1));
        Refuse(repeated, "not what the other side sent");
    }

    [Test]
    public async Task Any_changed_byte_is_noticed_and_the_fault_stays(CancellationToken cancellationToken)
    {
        byte[] frames = await Seal([1, 2, 3], cancellationToken);
        for (int at = 2; at < frames.Length; at++)
        {
            byte[] changed = [.. frames, .. frames];
            changed[at] ^= 4;
            await using DhxcpStream reader = DhxcpStream.AtDestination(new ScriptedStream(changed), _keys);
            Refuse(reader, "not what the other side sent");
            Refuse(reader, "not what the other side sent");
        }
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(10)]
    public async Task A_cancelled_read_loses_nothing(int after, CancellationToken cancellationToken)
    {
        ScriptedStream inner = new(await Seal([1, 2, 3], cancellationToken)) { StallAt = after };
        await using DhxcpStream reader = DhxcpStream.AtDestination(inner, _keys);
        using CancellationTokenSource source = new();
        ValueTask<int> read = reader.ReadAsync(new byte[10], source.Token);
        await source.CancelAsync();
        Assert.That(async () => await read, Throws.InstanceOf<OperationCanceledException>());
        inner.StallAt = int.MaxValue;
        Assert.That(await ReadAll(reader, 10, cancellationToken), Is.EqualTo(new byte[] { 1, 2, 3 }));
    }

    [Test]
    public async Task A_read_of_no_bytes_waits_for_some(CancellationToken cancellationToken)
    {
        ScriptedStream inner = new(await Seal([1], cancellationToken));
        await using DhxcpStream reader = DhxcpStream.AtDestination(inner, _keys);
        Assert.That(await reader.ReadAsync(Memory<byte>.Empty, cancellationToken), Is.Zero);
        Assert.That(inner.Unread, Is.Zero);
        Assert.That(await ReadAll(reader, 10, cancellationToken), Is.EqualTo(new byte[] { 1 }));
    }

    [Test]
    public async Task After_a_write_that_failed_none_succeeds(CancellationToken cancellationToken)
    {
        ScriptedStream inner = new([]) { FailWrites = true };
        await using DhxcpStream writer = DhxcpStream.AtSource(inner, _keys);
        Assert.That(async () => await writer.WriteAsync(new byte[] { 1 }, cancellationToken), Throws.TypeOf<IOException>());
        inner.FailWrites = false;
        Assert.That(async () => await writer.WriteAsync(new byte[] { 1 }, cancellationToken), Throws.TypeOf<ProtocolException>());
        Assert.That(inner.Writes, Is.Empty);
    }

    [Test]
    public async Task A_write_cancelled_before_it_began_harms_nothing(CancellationToken cancellationToken)
    {
        ScriptedStream inner = new([]);
        await using DhxcpStream writer = DhxcpStream.AtSource(inner, _keys);
        Assert.That(async () => await writer.WriteAsync(new byte[] { 1 }, new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
        await writer.WriteAsync(new byte[] { 1 }, cancellationToken);
        Assert.That(inner.Written, Is.EqualTo(await Seal([1], cancellationToken)));
    }

    [Test]
    public async Task Two_reads_at_once_are_refused()
    {
        using CancellationTokenSource source = new();
        await using DhxcpStream reader = DhxcpStream.AtDestination(new ScriptedStream([0, 0]) { StallAt = 0 }, _keys);
        ValueTask<int> first = reader.ReadAsync(new byte[1], source.Token);
        Assert.That(async () => await reader.ReadAsync(new byte[1], source.Token), Throws.InvalidOperationException);
        await source.CancelAsync();
        Assert.That(async () => await first, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Disposing_ends_the_inner_stream_and_waits_for_a_read_to_end()
    {
        using CancellationTokenSource source = new();
        ScriptedStream inner = new([0, 0]) { StallAt = 1 };
        DhxcpStream stream = DhxcpStream.AtDestination(inner, _keys);
        ValueTask<int> read = stream.ReadAsync(new byte[1], source.Token);
        await stream.DisposeAsync();
        Assert.That(inner.IsDisposed, Is.True);
        await source.CancelAsync();
        Assert.That(async () => await read, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(async () => await stream.ReadAsync(new byte[1]), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(async () => await stream.WriteAsync(new byte[1]), Throws.TypeOf<ObjectDisposedException>());
        stream.Dispose();
    }

    [Test]
    public void Synchronous_calls_are_refused_and_send_nothing()
    {
        ScriptedStream inner = new([]);
        using DhxcpStream stream = DhxcpStream.AtSource(inner, _keys);
        Assert.That(() => stream.Write([1, 2, 3]), Throws.TypeOf<NotSupportedException>());
        Assert.That(() => stream.ReadByte(), Throws.TypeOf<NotSupportedException>());
        Assert.That(inner.Written, Is.Empty);
    }

    private static DhxcpKeys Keys()
    {
        X25519KeyPair source = X25519KeyPair.FromSecret(Samples.Bytes("dhxcp/source_secret"));
        Assert.That(DhxcpKeys.TryDeriveAtSource(source, Samples.Bytes("dhxcp/destination_public"), out DhxcpKeys? keys), Is.True);
        return keys!;
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    private static byte[] Frame(FrameCipher cipher, byte[] plaintext)
    {
        byte[] frame = new byte[DhxcpFrames.HeaderLength + plaintext.Length + FrameCipher.TagLength];
        frame[1] = (byte)(frame.Length - DhxcpFrames.HeaderLength);
        cipher.Seal(plaintext, frame.AsSpan(DhxcpFrames.HeaderLength));
        return frame;
    }

    private static void Refuse(DhxcpStream stream, string reason) =>
        Assert.That(async () => await stream.ReadAsync(new byte[100]), Throws.TypeOf<ProtocolException>().With.Message.Contains(reason));

    private static async Task<byte[]> ReadAll(DhxcpStream stream, int room, CancellationToken cancellationToken)
    {
        using MemoryStream all = new();
        byte[] buffer = new byte[room];
        for (int read = -1; read != 0;)
        {
            read = await stream.ReadAsync(buffer, cancellationToken);
            all.Write(buffer, 0, read);
        }

        return all.ToArray();
    }

    private async Task<byte[]> Seal(byte[] data, CancellationToken cancellationToken)
    {
        ScriptedStream inner = new([]);
        await using DhxcpStream writer = DhxcpStream.AtSource(inner, _keys);
        await writer.WriteAsync(data, cancellationToken);
        return inner.Written;
    }
}
