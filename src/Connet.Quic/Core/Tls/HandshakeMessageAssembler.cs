using Connet.Quic.Core.Wire;

namespace Connet.Quic.Core.Tls;

/// <summary>
/// Puts one handshake message together from CRYPTO bytes (RFC 8446, section 4). Memory grows with the bytes that came,
/// never with the length a header claims. Room for a record header is kept in front of the message.
/// </summary>
internal sealed class HandshakeMessageAssembler
{
    /// <summary>Type and 24-bit length.</summary>
    public const int HeaderLength = 4;

    private const int InitialCapacity = 2048;

    private byte[] _buffer = [];
    private int _length;

    /// <summary>Whether type and length are known.</summary>
    public bool HasHeader => _length >= HeaderLength;

    /// <summary>Whether the whole message is here.</summary>
    public bool IsComplete => HasHeader && _length == MessageLength;

    public byte Type => _buffer[RecordFraming.HeaderLength];

    /// <summary>The whole message, header included.</summary>
    public ReadOnlySpan<byte> Message => _buffer.AsSpan(RecordFraming.HeaderLength, _length);

    /// <summary>The buffer with room for one record header in front of the message.</summary>
    public byte[] FramedBuffer => _buffer;

    private int MessageLength
    {
        get
        {
            int at = RecordFraming.HeaderLength;
            return HeaderLength + ((_buffer[at + 1] << 16) | (_buffer[at + 2] << 8) | _buffer[at + 3]);
        }
    }

    /// <summary>
    /// Takes bytes up to the end of the current message's header or body and advances <paramref name="data"/>.
    /// </summary>
    public TransportErrorCode Append(ref ReadOnlySpan<byte> data)
    {
        if (!HasHeader)
        {
            Take(ref data, HeaderLength - _length);
            if (HasHeader && MessageLength - HeaderLength > TlsDefaults.MaxMessageLength)
            {
                return TransportErrorCode.CryptoBufferExceeded;
            }

            return TransportErrorCode.NoError;
        }

        Take(ref data, MessageLength - _length);
        return TransportErrorCode.NoError;
    }

    /// <summary>Forgets the message; the buffer is kept for the next one.</summary>
    public void Reset() => _length = 0;

    /// <summary>Gives the buffer up as well.</summary>
    public void Release()
    {
        _length = 0;
        _buffer = [];
    }

    private void Take(ref ReadOnlySpan<byte> data, int wanted)
    {
        int taken = Math.Min(wanted, data.Length);
        int needed = RecordFraming.HeaderLength + _length + taken;
        if (needed > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(needed, Math.Max(InitialCapacity, _buffer.Length * 2)));
        }

        data[..taken].CopyTo(_buffer.AsSpan(RecordFraming.HeaderLength + _length));
        _length += taken;
        data = data[taken..];
    }
}
