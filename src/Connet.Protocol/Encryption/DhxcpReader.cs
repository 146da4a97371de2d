using System.Buffers;
using System.Buffers.Binary;

namespace Connet.Protocol.Encryption;

/// <summary>
/// The reading direction of a <see cref="DhxcpStream"/>. It holds a buffer only from a frame's length to the frame's last byte, so
/// that an idle stream costs none, and a cancelled read leaves it where it was.
/// </summary>
internal sealed class DhxcpReader : IDisposable
{
    private readonly Stream _inner;
    private readonly FrameCipher _cipher;
    private readonly SingleUse _use;
    private readonly byte[] _header = new byte[DhxcpFrames.HeaderLength];
    private int _headerFilled;
    private byte[]? _frame;
    private int _frameLength;
    private int _frameFilled;
    private ReadOnlyMemory<byte> _plaintext;
    private string? _fault;

    /// <summary>Reads from <paramref name="inner"/>; the cipher is the reader's from here on.</summary>
    public DhxcpReader(Stream inner, FrameCipher cipher)
    {
        _inner = inner;
        _cipher = cipher;
        _use = new SingleUse(Free);
    }

    /// <summary>Reads what the current frame has left, or the next frame.</summary>
    /// <returns>The bytes read; 0 if the stream ended between two frames, or <paramref name="buffer"/> is empty.</returns>
    /// <exception cref="ProtocolException">The stream ended inside a frame, or a frame is not what the other side sent.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        _use.Enter(this);
        try
        {
            if (_fault is not null)
            {
                throw new ProtocolException(ProtocolErrorCode.Unknown, _fault);
            }

            while (_plaintext.IsEmpty)
            {
                if (!await ReadFrameAsync(cancellationToken).ConfigureAwait(false))
                {
                    return 0;
                }
            }

            int count = Math.Min(buffer.Length, _plaintext.Length);
            _plaintext[..count].CopyTo(buffer);
            _plaintext = _plaintext[count..];
            if (_plaintext.IsEmpty)
            {
                ReturnFrame();
            }

            return count;
        }
        finally
        {
            _use.Exit();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _use.Close();

    /// <returns>False at the end of the stream.</returns>
    private async ValueTask<bool> ReadFrameAsync(CancellationToken cancellationToken)
    {
        while (_headerFilled < _header.Length)
        {
            int read = await _inner.ReadAsync(_header.AsMemory(_headerFilled), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return _headerFilled == 0 ? false : throw Fail("The stream ended inside an encrypted frame.");
            }

            _headerFilled += read;
        }

        if (_frame is null)
        {
            _frameLength = BinaryPrimitives.ReadUInt16BigEndian(_header);
            if (_frameLength is < FrameCipher.TagLength or > DhxcpFrames.MaxSealed)
            {
                throw Fail($"An encrypted frame cannot have {_frameLength} bytes.");
            }

            _frame = ArrayPool<byte>.Shared.Rent(_frameLength);
            _frameFilled = 0;
        }

        while (_frameFilled < _frameLength)
        {
            Memory<byte> room = _frame.AsMemory(_frameFilled, _frameLength - _frameFilled);
            int read = await _inner.ReadAsync(room, cancellationToken).ConfigureAwait(false);
            _frameFilled += read > 0 ? read : throw Fail("The stream ended inside an encrypted frame.");
        }

        if (!_cipher.TryOpen(_frame.AsSpan(0, _frameLength)))
        {
            throw Fail("An encrypted frame is not what the other side sent.");
        }

        _headerFilled = 0;
        _plaintext = _frame.AsMemory(0, _frameLength - FrameCipher.TagLength);
        if (_plaintext.IsEmpty)
        {
            ReturnFrame();
        }

        return true;
    }

    private ProtocolException Fail(string fault)
    {
        _fault = fault;
        ReturnFrame();
        return new ProtocolException(ProtocolErrorCode.Unknown, fault);
    }

    private void Free()
    {
        ReturnFrame();
        _cipher.Dispose();
    }

    private void ReturnFrame()
    {
        if (_frame is { } frame)
        {
            _frame = null;
            _plaintext = default;
            frame.AsSpan(0, _frameFilled).Clear();
            ArrayPool<byte>.Shared.Return(frame);
        }
    }
}
