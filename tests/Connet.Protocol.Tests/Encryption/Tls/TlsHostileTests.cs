using System.Security.Cryptography;
using Connet.Protocol.Encryption.Tls;

namespace Connet.Protocol.Tests.Encryption.Tls;

/// <summary>What a relay, or a peer, can do to the records. Whatever it is, no byte is read that the other side did not write, and no end that is none.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class TlsHostileTests
{
    private const int MaxRecords = 40;
    private static readonly byte[] s_data = RandomNumberGenerator.GetBytes(40_000);

    [Test]
    public async Task A_stream_cut_off_after_any_record_is_noticed([Values] bool forth)
    {
        int records = (await RunAsync(forth, (_, record) => record)).Records;
        Assert.That(records, Is.InRange(5, MaxRecords));
        for (int cut = 0; cut < records; cut++)
        {
            Outcome outcome = await RunAsync(forth, (number, record) => number < cut ? record : null);
            Assert.That(outcome.IsComplete, Is.False, $"cut before record {cut}");
            Assert.That(outcome.Failure!.Message, Does.Contain("cut short").Or.Contain("ended in the middle").Or.Contain("failed"), $"cut before record {cut}");
        }
    }

    [Test]
    public async Task A_stream_cut_off_inside_any_record_is_noticed([Values] bool forth)
    {
        int records = (await RunAsync(forth, (_, record) => record)).Records;
        for (int cut = 0; cut < records; cut++)
        {
            Outcome outcome = await RunAsync(forth, (number, record) => number < cut ? record : record[..(1 + (number * 7 % (record.Length - 1)))], last: cut);
            Assert.That(outcome.IsComplete, Is.False, $"cut inside record {cut}");
        }
    }

    [Test]
    public async Task A_flipped_bit_in_any_record_is_noticed([Values] bool forth)
    {
        int records = (await RunAsync(forth, (_, record) => record)).Records;
        Random random = new(3);
        for (int changed = 0; changed < records; changed++)
        {
            for (int again = 0; again < 3; again++)
            {
                int at = random.Next(int.MaxValue);
                int bit = random.Next(8);
                Outcome outcome = await RunAsync(forth, (number, record) =>
                {
                    // Not the version, which means nothing before the keys are there, nor the length: a side would wait for what never comes.
                    int position = at % record.Length;
                    position = position is >= 1 and <= 4 ? 5 : position;
                    return number == changed ? [.. record.Select((value, i) => i == position ? (byte)(value ^ (1 << bit)) : value)] : record;
                });
                Assert.That(outcome.IsComplete, Is.False, $"record {changed}, byte {at}, bit {bit}");
            }
        }
    }

    [Test]
    public async Task Records_left_out_repeated_or_in_another_order_are_noticed()
    {
        TlsPair whole = await TlsPair.ConnectAsync();
        int first = whole.Forth.Sent.Count;
        foreach (Func<int, byte[], byte[]?> pass in Disorders(first))
        {
            TlsPair pair = await TlsPair.ConnectAsync();
            pair.Forth.Pass = pass;
            await pair.Source.WriteAsync("one"u8.ToArray());
            await pair.Source.WriteAsync("two"u8.ToArray());
            pair.Source.CompleteWrites();
            Assert.That(async () => await TlsPair.ReadToEndAsync(pair.Destination), Throws.TypeOf<ProtocolException>().With.Message.Contains("bad_record_mac"));
        }
    }

    [TestCase("474554202f20485454502f312e310d0a", "unexpected_message", Description = "HTTP")]
    [TestCase("1603014001", "record_overflow", Description = "16,385 bytes")]
    [TestCase("160301ffff", "record_overflow")]
    [TestCase("1503010002022f", "failed", Description = "an alert")]
    [TestCase("1703030001ff", "unexpected_message", Description = "data before the handshake")]
    [TestCase("160301000401000000", "decode_error", Description = "an empty ClientHello")]
    [TestCase("16030100040100ffff", "failed", Description = "a message of 64 KiB")]
    public async Task What_is_no_handshake_is_refused_with_an_alert(string bytes, string reason)
    {
        TlsLane forth = new();
        TlsLane back = new();
        TlsRelayStream side = TlsRelayStream.AtDestination(
            new Raw(Convert.FromHexString(bytes), back), TlsPair.NewIdentity().Server, TlsPair.Info(TlsPair.NewIdentity().Client));
        Assert.That(
            async () => await TlsPair.HandshakeAsync(side),
            Throws.TypeOf<ProtocolException>().With.Message.Contains(reason).And.Property("Code").EqualTo(ProtocolErrorCode.DestinationRelayEncryptionError));
        Assert.That(back.ResetCode is not null || back.IsEnded);
        Assert.That(forth.Sent, Is.Empty);
    }

    [TestCase("474554202f", "unexpected_message")]
    [TestCase("1703034101", "record_overflow", Description = "more than 16 KiB and a tag")]
    [TestCase("1503030002010000", "unexpected_message", Description = "close_notify in plain text")]
    [TestCase("17030300100000000000000000000000000000000000", "decode_error", Description = "too short for a tag and a type")]
    public async Task What_is_no_record_of_the_session_is_refused_with_an_alert(string bytes, string reason)
    {
        TlsPair pair = await TlsPair.ConnectAsync();
        int before = pair.Back.Sent.Count;
        pair.Forth.Pass = (_, _) => Convert.FromHexString(bytes);
        await pair.Source.WriteAsync(new byte[1]);
        ProtocolException failure = Assert.ThrowsAsync<ProtocolException>(async () => await TlsPair.ReadAsync(pair.Destination, 1))!;
        Assert.That(failure.Message, Does.Contain(reason));
        Assert.That(
            async () => await pair.Destination.ReadAsync(new byte[10]), Throws.TypeOf<ProtocolException>().With.Message.EqualTo(failure.Message), "the fault stays");
        Assert.That(async () => await pair.Destination.WriteAsync(new byte[10]), Throws.TypeOf<ProtocolException>());
        Assert.That((pair.Back.Sent.Count, pair.Back.IsEnded), Is.EqualTo((before + 1, true)), "an alert, and the end");
        Assert.That(async () => await TlsPair.ReadToEndAsync(pair.Source), Throws.TypeOf<ProtocolException>().With.Message.Contains($"alert {reason}"));
        await pair.Destination.DisposeAsync();
        Assert.That(pair.Back.ResetCode, Is.Null);
    }

    [Test]
    public async Task What_was_read_before_the_fault_is_not_lost()
    {
        TlsPair pair = await TlsPair.ConnectAsync();
        await pair.Source.WriteAsync("good"u8.ToArray());
        pair.Forth.Pass = (_, record) => [.. record[..^1], (byte)(record[^1] ^ 1)];
        await pair.Source.WriteAsync("bad"u8.ToArray());
        Assert.That(await TlsPair.ReadAsync(pair.Destination, 4), Is.EqualTo("good"u8.ToArray()));
        Assert.That(async () => await pair.Destination.ReadAsync(new byte[10]), Throws.TypeOf<ProtocolException>().With.Message.Contains("bad_record_mac"));
    }

    private static IEnumerable<Func<int, byte[], byte[]?>> Disorders(int first)
    {
        byte[] held = [];
        yield return (number, record) => number == first ? [] : record;
        yield return (number, record) => number == first + 1 ? [] : record;
        yield return (number, record) => number == first ? [.. record, .. record] : record;
        yield return (number, record) =>
        {
            (byte[] earlier, held) = (held, record);
            return number == first ? [] : number == first + 1 ? [.. record, .. earlier] : record;
        };
    }

    /// <summary>A whole session in which one direction goes through <paramref name="pass"/>: handshake, data, and the end.</summary>
    private static async Task<Outcome> RunAsync(bool forth, Func<int, byte[], byte[]?> pass, int last = int.MaxValue)
    {
        TlsPair pair = new();
        TlsLane lane = forth ? pair.Forth : pair.Back;
        (lane.Pass, lane.Last) = (pass, last);
        (TlsRelayStream writer, TlsRelayStream reader) = forth ? (pair.Source, pair.Destination) : (pair.Destination, pair.Source);
        Task writing = WriteAsync(writer);
        byte[] read = [];
        IOException? failure = null;
        try
        {
            await TlsPair.HandshakeAsync(reader);
            using MemoryStream all = new();
            using CancellationTokenSource patience = new(TlsPair.Patience);
            try
            {
                await reader.CopyToAsync(all, patience.Token);
            }
            finally
            {
                read = all.ToArray();
            }
        }
        catch (IOException exception)
        {
            failure = exception;
        }

        await reader.DisposeAsync();
        await writing;
        Assert.That(s_data.AsSpan().StartsWith(read), "something was read that nobody wrote");
        return new Outcome(failure is null && read.Length == s_data.Length, lane.Sent.Count, failure);
    }

    private static async Task WriteAsync(TlsRelayStream writer)
    {
        try
        {
            await TlsPair.HandshakeAsync(writer);
            await writer.WriteAsync(s_data);
        }
        catch (IOException)
        {
            // The other side has given up.
        }

        await writer.DisposeAsync();
    }

    private sealed record Outcome(bool IsComplete, int Records, IOException? Failure);

    /// <summary>Gives some bytes, and then nothing for ever.</summary>
    private sealed class Raw(byte[] bytes, TlsLane writes) : ITlsTransport
    {
        private readonly TlsLane _silence = new();
        private int _position;

        public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            int count = Math.Min(buffer.Length, bytes.Length - _position);
            bytes.AsMemory(_position, count).CopyTo(buffer);
            _position += count;
            return count > 0 ? new(count) : _silence.ReadAsync(buffer, cancellationToken);
        }

        public ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, bool isLast, CancellationToken cancellationToken) =>
            writes.WriteAsync(buffer, isLast, cancellationToken);

        public void AbortReads(long code) => _silence.Stop(code);

        public void AbortWrites(long code) => writes.Reset(code);

        public void Dispose()
        {
        }
    }
}
