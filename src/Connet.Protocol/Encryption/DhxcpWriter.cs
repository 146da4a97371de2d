using System.Buffers;
using System.Buffers.Binary;

namespace Connet.Protocol.Encryption;

/// <summary>The writing direction of a <see cref="DhxcpStream"/>: each frame is one call to the stream below.</summary>
internal sealed class DhxcpWriter : IDisposable
{
    private readonly Stream _inner;
    private readonly FrameCipher _cipher;
    private readonly SingleUse _use;
    private bool _broken;

    /// <summary>Writes to <paramref name="inner"/>; the cipher is the writer's from here on.</summary>
    public DhxcpWriter(Stream inner, FrameCipher cipher)
    {
        _inner = inner;
        _cipher = cipher;
        _use = new SingleUse(_cipher.Dispose);
    }

    /// <summary>Writes bytes in as many frames as they need; nothing for none.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        _use.Enter(this);
        try
        {
            if (_broken)
            {
                throw new ProtocolException(ProtocolErrorCode.Unknown, "An earlier write to this stream did not finish.");
            }

            while (!buffer.IsEmpty)
            {
                int length = Math.Min(buffer.Length, DhxcpFrames.MaxPlaintext);
                await WriteFrameAsync(buffer[..length], cancellationToken).ConfigureAwait(false);
                buffer = buffer[length..];
            }
        }
        finally
        {
            _use.Exit();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _use.Close();

    private async ValueTask WriteFrameAsync(ReadOnlyMemory<byte> plaintext, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int sealedLength = plaintext.Length + FrameCipher.TagLength;
        int total = DhxcpFrames.HeaderLength + sealedLength;
        byte[] frame = ArrayPool<byte>.Shared.Rent(total);

        // A frame that may be on the stream in part leaves the other side nothing to continue from.
        _broken = true;
        try
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame, (ushort)sealedLength);
            _cipher.Seal(plaintext.Span, frame.AsSpan(DhxcpFrames.HeaderLength, sealedLength));
            await _inner.WriteAsync(frame.AsMemory(0, total), cancellationToken).ConfigureAwait(false);
            _broken = false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(frame);
        }
    }
}
