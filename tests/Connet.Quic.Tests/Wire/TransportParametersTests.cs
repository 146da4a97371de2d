using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;
using CsCheck;

namespace Connet.Quic.Tests.Wire;

/// <summary>RFC 9000, sections 7.3, 7.4 and 18; RFC 9221, section 3.</summary>
public sealed class TransportParametersTests
{
    private const string SourceId = "0f 01 11";
    private const string ServerIds = "0f 01 11 00 01 22";

    [Test]
    public void All_parameters_round_trip() => Property.Holds(_parameters, pair =>
    {
        (TransportParameters expected, bool fromServer) = pair;
        byte[] encoded = expected.Encode(new SeededRandomSource(1));
        Assert.That(TransportParameters.TryParse(encoded, fromServer, out TransportParameters read), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(Describe(read), Is.EqualTo(Describe(expected)));
    }, rounds: 300);

    [Test]
    public void What_is_absent_has_the_default_of_the_rfc()
    {
        TransportParameters read = Accept(SourceId, fromServer: false);
        Assert.That(read.MaxIdleTimeout, Is.EqualTo(TimeSpan.Zero));
        Assert.That(read.MaxUdpPayloadSize, Is.EqualTo(65527));
        Assert.That(read.InitialMaxData, Is.Zero);
        Assert.That(read.AckDelayExponent, Is.EqualTo(3));
        Assert.That(read.MaxAckDelay, Is.EqualTo(TimeSpan.FromMilliseconds(25)));
        Assert.That(read.ActiveConnectionIdLimit, Is.EqualTo(2));
        Assert.That(read.MaxDatagramFrameSize, Is.Zero);
        Assert.That(read.DisableActiveMigration, Is.False);
        Assert.That(read.StatelessResetToken, Is.Null);
    }

    [Test]
    public void A_reserved_parameter_is_added_and_differs_by_the_randomness()
    {
        TransportParameters parameters = new() { InitialSourceConnectionId = default(ConnectionId) };
        HashSet<string> seen = [];
        for (int seed = 0; seed < 20; seed++)
        {
            ReadOnlySpan<byte> encoded = parameters.Encode(new SeededRandomSource(seed));
            seen.Add(Convert.ToHexStringLower(encoded));
            int reserved = 0;
            while (VarInt.TryRead(ref encoded, out long id) && VarInt.TryRead(ref encoded, out long length))
            {
                reserved += id % 31 == 27 ? 1 : 0;
                encoded = encoded[(int)length..];
            }

            Assert.That(reserved, Is.EqualTo(1));
        }

        Assert.That(seen, Has.Count.EqualTo(20));
    }

    [Test]
    public void Every_truncation_is_refused_or_lacks_only_whole_parameters()
    {
        (TransportParameters parameters, byte[] encoded) = Full();
        HashSet<int> boundaries = [];
        ReadOnlySpan<byte> rest = encoded;
        while (VarInt.TryRead(ref rest, out _) && VarInt.TryRead(ref rest, out long length))
        {
            rest = rest[(int)length..];
            boundaries.Add(encoded.Length - rest.Length);
        }

        for (int length = 0; length < encoded.Length; length++)
        {
            TransportErrorCode result = TransportParameters.TryParse(encoded.AsSpan(0, length), fromServer: true, out _);
            if (result == TransportErrorCode.NoError)
            {
                Assert.That(boundaries, Does.Contain(length));
            }
        }

        Assert.That(parameters.MaxDatagramFrameSize, Is.EqualTo(1200), "the fixture sets everything");
    }

    [TestCase("01 01 3c", Description = "max_idle_timeout")]
    [TestCase("04 01 00", Description = "initial_max_data")]
    [TestCase("0c 00", Description = "disable_active_migration")]
    [TestCase("0f 01 11", Description = "initial_source_connection_id")]
    [TestCase("20 01 05", Description = "max_datagram_frame_size")]
    [TestCase("1b 00", Description = "reserved")]
    [TestCase("7fff 01 05", Description = "unknown")]
    public void A_duplicate_is_refused(string parameter)
    {
        Refuse($"{SourceId} {parameter} {parameter}", fromServer: false);
        Refuse($"{parameter} 04 01 05 {SourceId} {parameter}", fromServer: false);
    }

    [TestCase("00 01 22", Description = "original_destination_connection_id")]
    [TestCase("02 10 000102030405060708090a0b0c0d0e0f", Description = "stateless_reset_token")]
    [TestCase("10 01 22", Description = "retry_source_connection_id")]
    [TestCase("0d 2a 00000000000000000000000000000000000000000000000001aa000102030405060708090a0b0c0d0e0f", Description = "preferred_address")]
    public void What_only_a_server_may_send_is_refused_from_a_client(string parameter)
    {
        Refuse($"{SourceId} {parameter}", fromServer: false);
        Accept(parameter.StartsWith("00", StringComparison.Ordinal) ? $"{SourceId} {parameter}" : $"{ServerIds} {parameter}", fromServer: true);
    }

    [Test]
    public void The_connection_ids_of_section_7_3_must_be_there()
    {
        Refuse("04 01 05", fromServer: false);
        Refuse("", fromServer: false);
        Refuse(SourceId, fromServer: true);
        Refuse("00 01 22", fromServer: true);
        Accept("0f 00", fromServer: false);
    }

    [TestCase("03 02 44af", false, Description = "max_udp_payload_size 1199")]
    [TestCase("03 02 44b0", true, Description = "max_udp_payload_size 1200")]
    [TestCase("03 08 ffffffffffffffff", true, Description = "max_udp_payload_size 2^62 - 1")]
    [TestCase("0a 01 14", true, Description = "ack_delay_exponent 20")]
    [TestCase("0a 01 15", false, Description = "ack_delay_exponent 21")]
    [TestCase("0a 08 ffffffffffffffff", false, Description = "ack_delay_exponent 2^62 - 1")]
    [TestCase("0b 02 7fff", true, Description = "max_ack_delay 2^14 - 1")]
    [TestCase("0b 04 80004000", false, Description = "max_ack_delay 2^14")]
    [TestCase("0b 08 ffffffffffffffff", false, Description = "max_ack_delay 2^62 - 1")]
    [TestCase("0e 01 01", false, Description = "active_connection_id_limit 1")]
    [TestCase("0e 01 02", true, Description = "active_connection_id_limit 2")]
    [TestCase("0e 08 ffffffffffffffff", true, Description = "active_connection_id_limit 2^62 - 1")]
    [TestCase("08 08 d000000000000000", true, Description = "initial_max_streams_bidi 2^60")]
    [TestCase("08 08 d000000000000001", false, Description = "initial_max_streams_bidi 2^60 + 1")]
    [TestCase("09 08 d000000000000001", false, Description = "initial_max_streams_uni 2^60 + 1")]
    [TestCase("01 08 ffffffffffffffff", true, Description = "max_idle_timeout 2^62 - 1")]
    [TestCase("04 08 ffffffffffffffff", true, Description = "initial_max_data 2^62 - 1")]
    [TestCase("20 08 ffffffffffffffff", true, Description = "max_datagram_frame_size 2^62 - 1")]
    [TestCase("04 02 4005", true, Description = "longer than needed")]
    [TestCase("04 00", false, Description = "no value")]
    [TestCase("04 01 40", false, Description = "half a value")]
    [TestCase("04 02 0505", false, Description = "more than a value")]
    [TestCase("0c 01 00", false, Description = "disable_active_migration with a value")]
    [TestCase("04", false, Description = "no length")]
    [TestCase("04 ffffffffffffffff", false, Description = "length 2^62 - 1")]
    [TestCase("04 02 05", false, Description = "length one more than there is")]
    [TestCase("1b 05 0000000000", true, Description = "reserved")]
    [TestCase("ffffffffffffffff 00", true, Description = "unknown 2^62 - 1")]
    public void Form_and_range_are_checked(string parameter, bool accepted)
    {
        if (accepted)
        {
            Accept($"{SourceId} {parameter}", fromServer: false);
        }
        else
        {
            Refuse($"{SourceId} {parameter}", fromServer: false);
        }
    }

    [TestCase(0x02, 15, false)]
    [TestCase(0x02, 16, true)]
    [TestCase(0x02, 17, false)]
    [TestCase(0x10, 0, true)]
    [TestCase(0x10, 20, true)]
    [TestCase(0x10, 21, false)]
    public void Tokens_and_ids_have_their_lengths(int id, int length, bool accepted)
    {
        byte[] encoded = [.. Hex(ServerIds), (byte)id, (byte)length, .. new byte[length]];
        Assert.That(TransportParameters.TryParse(encoded, fromServer: true, out _),
            Is.EqualTo(accepted ? TransportErrorCode.NoError : TransportErrorCode.TransportParameterError));
    }

    [TestCase(0, 41, false)]
    [TestCase(1, 42, true)]
    [TestCase(1, 41, false)]
    [TestCase(1, 43, false)]
    [TestCase(20, 61, true)]
    [TestCase(21, 62, false)]
    [TestCase(8, 24, false)]
    [TestCase(8, 0, false)]
    public void A_preferred_address_is_checked_for_form(int idLength, int length, bool accepted)
    {
        byte[] value = new byte[length];
        if (length > 24)
        {
            value[24] = (byte)idLength;
        }

        byte[] encoded = [.. Hex(ServerIds), 0x0d, (byte)length, .. value];
        Assert.That(TransportParameters.TryParse(encoded, fromServer: true, out _),
            Is.EqualTo(accepted ? TransportErrorCode.NoError : TransportErrorCode.TransportParameterError));
    }

    [Test]
    public void Values_too_large_for_their_type_are_capped()
    {
        TransportParameters read = Accept(
            $"{SourceId} 01 08 ffffffffffffffff 03 08 ffffffffffffffff 0e 08 ffffffffffffffff 20 08 ffffffffffffffff", fromServer: false);
        Assert.That(read.MaxIdleTimeout, Is.GreaterThan(TimeSpan.FromDays(10_000_000)));
        Assert.That(new Timestamp(1) + read.MaxIdleTimeout, Is.GreaterThan(new Timestamp(1)));
        Assert.That(read.MaxUdpPayloadSize, Is.EqualTo(65527));
        Assert.That(read.ActiveConnectionIdLimit, Is.EqualTo(int.MaxValue));
        Assert.That(read.MaxDatagramFrameSize, Is.EqualTo(65535));
    }

    [Test]
    public void Sixteen_kibibytes_of_unknown_parameters_are_ignored_in_bounded_memory()
    {
        byte[] encoded = new byte[16 * 1024];
        Hex(SourceId).CopyTo(encoded, 0);
        Span<byte> rest = encoded.AsSpan(3);
        for (long id = 16_384; rest.Length >= 5; id++)
        {
            VarInt.Write(ref rest, id);
            VarInt.Write(ref rest, 0);
        }

        TransportParameters.TryParse(encoded.AsSpan(..^rest.Length), fromServer: false, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        TransportErrorCode result = TransportParameters.TryParse(encoded.AsSpan(..^rest.Length), fromServer: false, out _);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(4096));
        Assert.That(result, Is.EqualTo(TransportErrorCode.NoError));
    }

    [Test]
    public void An_idle_timeout_below_a_millisecond_does_not_become_none()
    {
        TransportParameters parameters = new() { InitialSourceConnectionId = default(ConnectionId), MaxIdleTimeout = TimeSpan.FromMicroseconds(300) };
        Assert.That(TransportParameters.TryParse(parameters.Encode(new SeededRandomSource(1)), fromServer: false, out TransportParameters read),
            Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(read.MaxIdleTimeout, Is.EqualTo(TimeSpan.FromMilliseconds(1)));
    }

    private static readonly Gen<(TransportParameters, bool)> _parameters =
        from numbers in Property.VarInts.Array[4]
        from streams in Gen.Long[0, 1L << 60].Array[2]
        from milliseconds in Gen.Select(Gen.Long[0, 1L << 40], Gen.Int[0, (1 << 14) - 1])
        from small in Gen.Select(Gen.Int[0, 20], Gen.Int[2, int.MaxValue], Gen.Int[1200, 65527], Gen.Int[0, 65535])
        from ids in Gen.Byte.Array[0, 20].Array[3]
        from token in Gen.Byte.Array[16]
        from flags in Gen.Select(Gen.Bool, Gen.Bool)
        select (new TransportParameters
        {
            MaxIdleTimeout = TimeSpan.FromMilliseconds(milliseconds.Item1),
            MaxUdpPayloadSize = small.Item3,
            InitialMaxData = numbers[0],
            InitialMaxStreamDataBidirectionalLocal = numbers[1],
            InitialMaxStreamDataBidirectionalRemote = numbers[2],
            InitialMaxStreamDataUnidirectional = numbers[3],
            InitialMaxStreamsBidirectional = streams[0],
            InitialMaxStreamsUnidirectional = streams[1],
            AckDelayExponent = small.Item1,
            MaxAckDelay = TimeSpan.FromMilliseconds(milliseconds.Item2),
            DisableActiveMigration = flags.Item1,
            ActiveConnectionIdLimit = small.Item2,
            InitialSourceConnectionId = new ConnectionId(ids[0]),
            OriginalDestinationConnectionId = flags.Item2 ? new ConnectionId(ids[1]) : null,
            RetrySourceConnectionId = flags.Item2 ? new ConnectionId(ids[2]) : null,
            StatelessResetToken = flags.Item2 ? new StatelessResetToken(token) : null,
            MaxDatagramFrameSize = small.Item4,
        }, flags.Item2);

    private static (TransportParameters Parameters, byte[] Encoded) Full()
    {
        TransportParameters parameters = new()
        {
            OriginalDestinationConnectionId = new ConnectionId([1, 2, 3]),
            MaxIdleTimeout = TimeSpan.FromSeconds(20),
            StatelessResetToken = new StatelessResetToken(new byte[16]),
            MaxUdpPayloadSize = 1500,
            InitialMaxData = 1,
            InitialMaxStreamDataBidirectionalLocal = 2,
            InitialMaxStreamDataBidirectionalRemote = 3,
            InitialMaxStreamDataUnidirectional = 4,
            InitialMaxStreamsBidirectional = 5,
            InitialMaxStreamsUnidirectional = 6,
            AckDelayExponent = 4,
            MaxAckDelay = TimeSpan.FromMilliseconds(26),
            DisableActiveMigration = true,
            ActiveConnectionIdLimit = 5,
            InitialSourceConnectionId = new ConnectionId([4, 5]),
            RetrySourceConnectionId = new ConnectionId([6]),
            MaxDatagramFrameSize = 1200,
        };
        return (parameters, parameters.Encode(new SeededRandomSource(3)));
    }

    // Every property by name and value, so that one forgotten in the encoder or the parser shows.
    private static string[] Describe(TransportParameters parameters) =>
        [.. typeof(TransportParameters).GetProperties().Where(property => property.PropertyType != typeof(StatelessResetToken?))
            .Select(property => $"{property.Name}={property.GetValue(parameters)}"),
            $"token={(parameters.StatelessResetToken is { } token ? token.GetHashCode() : 0)}"];

    private static TransportParameters Accept(string hex, bool fromServer)
    {
        Assert.That(TransportParameters.TryParse(Hex(hex), fromServer, out TransportParameters parameters), Is.EqualTo(TransportErrorCode.NoError), hex);
        return parameters;
    }

    private static void Refuse(string hex, bool fromServer) =>
        Assert.That(TransportParameters.TryParse(Hex(hex), fromServer, out _), Is.EqualTo(TransportErrorCode.TransportParameterError), hex);

    private static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));
}
