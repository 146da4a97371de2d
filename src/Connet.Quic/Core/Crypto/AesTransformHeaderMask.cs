using System.Security.Cryptography;

namespace Connet.Quic.Core.Crypto;

/// <summary>
/// AES header protection (RFC 9001, section 5.4.3) where the processor's AES instructions cannot be used directly: a
/// kept transform, because the one-shot methods set up a cipher and leave garbage on every call.
/// </summary>
internal sealed class AesTransformHeaderMask : HeaderMask
{
    private readonly Aes _aes;
    private readonly ICryptoTransform _transform;
    private readonly byte[] _sample = new byte[SampleLength];
    private readonly byte[] _output = new byte[SampleLength];

    public AesTransformHeaderMask(ReadOnlySpan<byte> key)
    {
        _aes = Aes.Create();
        _aes.Mode = CipherMode.ECB;
        _aes.Padding = PaddingMode.None;
        _aes.SetKey(key);
        _transform = _aes.CreateEncryptor();
    }

    public override void Compute(ReadOnlySpan<byte> sample, Span<byte> mask)
    {
        Check(sample, mask);
        sample.CopyTo(_sample);
        _transform.TransformBlock(_sample, 0, SampleLength, _output, 0);
        _output.AsSpan(0, MaskLength).CopyTo(mask);
    }

    protected override void Release()
    {
        _transform.Dispose();
        _aes.Dispose();
        CryptographicOperations.ZeroMemory(_output);
    }
}
