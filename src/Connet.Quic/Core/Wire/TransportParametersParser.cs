using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Wire;

/// <summary>Reads <see cref="TransportParameters"/> from a peer (RFC 9000, sections 7.4 and 18).</summary>
internal static class TransportParametersParser
{
    private const long MaxAckDelayLimit = 1L << 14;
    private const long LongestMilliseconds = long.MaxValue / TimeSpan.TicksPerMillisecond;
    private const int PreferredAddressFixedLength = 4 + 2 + 16 + 2 + 1 + StatelessResetToken.Length;

    // Duplicates are looked for among as many unknown parameters: a bound on the work that a peer can cause.
    private const int UnknownRemembered = 32;

    private const ulong FromServerOnly =
        (1UL << (int)TransportParameterId.OriginalDestinationConnectionId)
        | (1UL << (int)TransportParameterId.StatelessResetToken)
        | (1UL << (int)TransportParameterId.PreferredAddress)
        | (1UL << (int)TransportParameterId.RetrySourceConnectionId);

    public static TransportErrorCode TryParse(ReadOnlySpan<byte> encoded, bool fromServer, out TransportParameters parameters)
    {
        parameters = new();
        ulong seen = 0;
        Span<long> unknown = stackalloc long[UnknownRemembered];
        int unknownCount = 0;
        while (!encoded.IsEmpty)
        {
            if (!VarInt.TryRead(ref encoded, out long id) || !VarInt.TryRead(ref encoded, out long length) || length > encoded.Length)
            {
                return TransportErrorCode.TransportParameterError;
            }

            ReadOnlySpan<byte> value = encoded[..(int)length];
            encoded = encoded[(int)length..];
            if (id < 64 && Enum.IsDefined((TransportParameterId)id))
            {
                ulong bit = 1UL << (int)id;
                if ((seen & bit) != 0 || (!fromServer && (FromServerOnly & bit) != 0) || !TrySet(parameters, (TransportParameterId)id, value))
                {
                    return TransportErrorCode.TransportParameterError;
                }

                seen |= bit;
            }
            else if (unknown[..unknownCount].Contains(id))
            {
                return TransportErrorCode.TransportParameterError;
            }
            else if (unknownCount < UnknownRemembered)
            {
                unknown[unknownCount++] = id;
            }
        }

        bool complete = parameters.InitialSourceConnectionId is not null
            && (!fromServer || parameters.OriginalDestinationConnectionId is not null);
        return complete ? TransportErrorCode.NoError : TransportErrorCode.TransportParameterError;
    }

    private static bool TrySet(TransportParameters parameters, TransportParameterId id, ReadOnlySpan<byte> value)
    {
        switch (id)
        {
            case TransportParameterId.OriginalDestinationConnectionId when TryReadId(value, out ConnectionId original):
                parameters.OriginalDestinationConnectionId = original;
                return true;
            case TransportParameterId.InitialSourceConnectionId when TryReadId(value, out ConnectionId source):
                parameters.InitialSourceConnectionId = source;
                return true;
            case TransportParameterId.RetrySourceConnectionId when TryReadId(value, out ConnectionId retry):
                parameters.RetrySourceConnectionId = retry;
                return true;
            case TransportParameterId.StatelessResetToken when value.Length == StatelessResetToken.Length:
                parameters.StatelessResetToken = new StatelessResetToken(value);
                return true;
            case TransportParameterId.DisableActiveMigration when value.IsEmpty:
                parameters.DisableActiveMigration = true;
                return true;
            case TransportParameterId.PreferredAddress:
                return IsPreferredAddress(value);
            case TransportParameterId.OriginalDestinationConnectionId:
            case TransportParameterId.InitialSourceConnectionId:
            case TransportParameterId.RetrySourceConnectionId:
            case TransportParameterId.StatelessResetToken:
            case TransportParameterId.DisableActiveMigration:
                return false;
            default:
                return VarInt.TryRead(ref value, out long number) && value.IsEmpty && TrySet(parameters, id, number);
        }
    }

    private static bool TrySet(TransportParameters parameters, TransportParameterId id, long value)
    {
        switch (id)
        {
            case TransportParameterId.MaxIdleTimeout:
                // Values beyond what a TimeSpan holds mean "practically never".
                parameters.MaxIdleTimeout = TimeSpan.FromMilliseconds(Math.Min(value, LongestMilliseconds));
                return true;
            case TransportParameterId.MaxUdpPayloadSize:
                parameters.MaxUdpPayloadSize = (int)Math.Min(value, TransportParameters.LargestUdpPayload);
                return value >= TransportParameters.SmallestUdpPayload;
            case TransportParameterId.InitialMaxData:
                parameters.InitialMaxData = value;
                return true;
            case TransportParameterId.InitialMaxStreamDataBidirectionalLocal:
                parameters.InitialMaxStreamDataBidirectionalLocal = value;
                return true;
            case TransportParameterId.InitialMaxStreamDataBidirectionalRemote:
                parameters.InitialMaxStreamDataBidirectionalRemote = value;
                return true;
            case TransportParameterId.InitialMaxStreamDataUnidirectional:
                parameters.InitialMaxStreamDataUnidirectional = value;
                return true;
            case TransportParameterId.InitialMaxStreamsBidirectional:
                parameters.InitialMaxStreamsBidirectional = value;
                return value <= FrameTypes.MaxStreamCount;
            case TransportParameterId.InitialMaxStreamsUnidirectional:
                parameters.InitialMaxStreamsUnidirectional = value;
                return value <= FrameTypes.MaxStreamCount;
            case TransportParameterId.AckDelayExponent:
                parameters.AckDelayExponent = (int)Math.Min(value, int.MaxValue);
                return value <= TransportParameters.LargestAckDelayExponent;
            case TransportParameterId.MaxAckDelay:
                parameters.MaxAckDelay = TimeSpan.FromMilliseconds(Math.Min(value, MaxAckDelayLimit));
                return value < MaxAckDelayLimit;
            case TransportParameterId.ActiveConnectionIdLimit:
                parameters.ActiveConnectionIdLimit = (int)Math.Min(value, int.MaxValue);
                return value >= 2;
            case TransportParameterId.MaxDatagramFrameSize:
                parameters.MaxDatagramFrameSize = (int)Math.Min(value, ushort.MaxValue);
                return true;
            default:
                return false;
        }
    }

    private static bool TryReadId(ReadOnlySpan<byte> value, out ConnectionId id)
    {
        bool fits = value.Length <= ConnectionId.MaxLength;
        id = fits ? new ConnectionId(value) : default;
        return fits;
    }

    // Two addresses with ports, a connection ID of 1 to 20 bytes with its length, a token. Never used: a server could aim us at anyone.
    private static bool IsPreferredAddress(ReadOnlySpan<byte> value)
    {
        const int lengthOffset = 4 + 2 + 16 + 2;
        return value.Length > PreferredAddressFixedLength
            && value[lengthOffset] is > 0 and <= ConnectionId.MaxLength
            && value.Length == PreferredAddressFixedLength + value[lengthOffset];
    }
}
