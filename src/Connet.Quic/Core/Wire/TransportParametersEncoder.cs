using System.Buffers.Binary;
using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Wire;

/// <summary>
/// Writes <see cref="TransportParameters"/> (RFC 9000, section 18): each an identifier, a length and a value. Defaults are
/// left out.
/// </summary>
internal static class TransportParametersEncoder
{
    // Three IDs of at most 20 bytes, a token, a dozen integers and a reserved parameter: well below.
    private const int LargestEncoding = 512;
    private const int LargestReservedValue = 15;

    public static byte[] Encode(TransportParameters parameters, IRandomSource random)
    {
        TransportParameters defaults = new();
        Span<byte> buffer = stackalloc byte[LargestEncoding];
        Span<byte> rest = buffer;
        WriteId(ref rest, TransportParameterId.OriginalDestinationConnectionId, parameters.OriginalDestinationConnectionId);
        WriteInteger(ref rest, TransportParameterId.MaxIdleTimeout, Milliseconds(parameters.MaxIdleTimeout), 0);
        if (parameters.StatelessResetToken is { } token)
        {
            WriteHeader(ref rest, TransportParameterId.StatelessResetToken, StatelessResetToken.Length);
            token.CopyTo(rest);
            rest = rest[StatelessResetToken.Length..];
        }

        WriteInteger(ref rest, TransportParameterId.MaxUdpPayloadSize, parameters.MaxUdpPayloadSize, defaults.MaxUdpPayloadSize);
        WriteInteger(ref rest, TransportParameterId.InitialMaxData, parameters.InitialMaxData, 0);
        WriteInteger(ref rest, TransportParameterId.InitialMaxStreamDataBidirectionalLocal, parameters.InitialMaxStreamDataBidirectionalLocal, 0);
        WriteInteger(ref rest, TransportParameterId.InitialMaxStreamDataBidirectionalRemote, parameters.InitialMaxStreamDataBidirectionalRemote, 0);
        WriteInteger(ref rest, TransportParameterId.InitialMaxStreamDataUnidirectional, parameters.InitialMaxStreamDataUnidirectional, 0);
        WriteInteger(ref rest, TransportParameterId.InitialMaxStreamsBidirectional, parameters.InitialMaxStreamsBidirectional, 0);
        WriteInteger(ref rest, TransportParameterId.InitialMaxStreamsUnidirectional, parameters.InitialMaxStreamsUnidirectional, 0);
        WriteInteger(ref rest, TransportParameterId.AckDelayExponent, parameters.AckDelayExponent, defaults.AckDelayExponent);
        WriteInteger(ref rest, TransportParameterId.MaxAckDelay, Milliseconds(parameters.MaxAckDelay), Milliseconds(defaults.MaxAckDelay));
        if (parameters.DisableActiveMigration)
        {
            WriteHeader(ref rest, TransportParameterId.DisableActiveMigration, 0);
        }

        WriteInteger(ref rest, TransportParameterId.ActiveConnectionIdLimit, parameters.ActiveConnectionIdLimit, defaults.ActiveConnectionIdLimit);
        WriteId(ref rest, TransportParameterId.InitialSourceConnectionId, parameters.InitialSourceConnectionId);
        WriteId(ref rest, TransportParameterId.RetrySourceConnectionId, parameters.RetrySourceConnectionId);
        WriteInteger(ref rest, TransportParameterId.MaxDatagramFrameSize, parameters.MaxDatagramFrameSize, 0);
        WriteReserved(ref rest, random);
        return buffer[..^rest.Length].ToArray();
    }

    private static void WriteHeader(ref Span<byte> destination, TransportParameterId id, int length)
    {
        VarInt.Write(ref destination, (long)id);
        VarInt.Write(ref destination, length);
    }

    private static void WriteInteger(ref Span<byte> destination, TransportParameterId id, long value, long defaultValue)
    {
        if (value != defaultValue)
        {
            WriteHeader(ref destination, id, VarInt.Length(value));
            VarInt.Write(ref destination, value);
        }
    }

    private static void WriteId(ref Span<byte> destination, TransportParameterId id, ConnectionId? value)
    {
        if (value is { } connectionId)
        {
            WriteHeader(ref destination, id, connectionId.Length);
            connectionId.CopyTo(destination);
            destination = destination[connectionId.Length..];
        }
    }

    // Identifiers of the form 31 * N + 27 are reserved for this purpose.
    private static void WriteReserved(ref Span<byte> destination, IRandomSource random)
    {
        Span<byte> bytes = stackalloc byte[5];
        random.Fill(bytes);
        long id = (31L * BinaryPrimitives.ReadUInt32BigEndian(bytes)) + 27;
        int length = bytes[4] & LargestReservedValue;
        VarInt.Write(ref destination, id);
        VarInt.Write(ref destination, length);
        random.Fill(destination[..length]);
        destination = destination[length..];
    }

    // Rounded up: an idle timeout of less than a millisecond must not become "never".
    private static long Milliseconds(TimeSpan value) =>
        value <= TimeSpan.Zero ? 0 : ((value.Ticks - 1) / TimeSpan.TicksPerMillisecond) + 1;
}
