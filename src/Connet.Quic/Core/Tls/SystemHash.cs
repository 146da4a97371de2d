using System.Buffers;
using System.Security.Cryptography;
using Org.BouncyCastle.Tls.Crypto;

namespace Connet.Quic.Core.Tls;

/// <summary>
/// The platform's SHA-2 as the transcript hash. The platform's hash can tell its value and go on, but not be duplicated,
/// so a clone keeps the value and a view of the bytes, and hashes them again only if it is fed more (after a
/// HelloRetryRequest; otherwise the engine only asks clones for their value).
/// </summary>
internal sealed class SystemHash : TlsHash, IDisposable
{
    private readonly HashAlgorithmName _algorithm;
    private ArrayBufferWriter<byte> _input;
    private int _length;
    private IncrementalHash? _running;
    private byte[]? _value;

    public SystemHash(HashAlgorithmName algorithm)
    {
        _algorithm = algorithm;
        _input = new ArrayBufferWriter<byte>();
    }

    // The input is shared: it is only ever appended to, and only by the one whose hash is running.
    private SystemHash(SystemHash source)
    {
        _algorithm = source._algorithm;
        _input = source._input;
        _length = source._length;
        _value = source.CurrentValue();
    }

    public void Update(byte[] input, int inOff, int length) => Update(input.AsSpan(inOff, length));

    public void Update(ReadOnlySpan<byte> input)
    {
        if (_running is null)
        {
            ArrayBufferWriter<byte> own = new();
            own.Write(_input.WrittenSpan[.._length]);
            _input = own;
            _running = IncrementalHash.CreateHash(_algorithm);
            _running.AppendData(own.WrittenSpan);
            _value = null;
        }

        _running.AppendData(input);
        _input.Write(input);
        _length += input.Length;
    }

    public byte[] CalculateHash()
    {
        byte[] value = CurrentValue();
        Reset();
        return value;
    }

    public TlsHash CloneHash() => new SystemHash(this);

    public void Reset()
    {
        Dispose();
        _input = new ArrayBufferWriter<byte>();
        _length = 0;
        _value = null;
    }

    public void Dispose()
    {
        _running?.Dispose();
        _running = null;
    }

    private byte[] CurrentValue() =>
        _value ?? _running?.GetCurrentHash()
            ?? CryptographicOperations.HashData(_algorithm, _input.WrittenSpan[.._length]);
}
