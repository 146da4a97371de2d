using BenchmarkDotNet.Attributes;
using Connet.Quic.Core.Crypto;

namespace Connet.Benchmarks.Micro;

/// <summary>Sealing and opening one full packet with each provider.</summary>
[MemoryDiagnoser]
public class AeadBenchmark
{
    private const int HeaderLength = 11;
    private readonly byte[] _plain = new byte[1452];
    private readonly byte[] _sealed = new byte[1452];
    private readonly byte[] _work = new byte[1452];
    private PacketKey _key = null!;
    private long _number;

    [Params("default", "platform")]
    public string Provider { get; set; } = "default";

    [Params("Aes128GcmSha256", "ChaCha20Poly1305Sha256")]
    public string Suite { get; set; } = "Aes128GcmSha256";

    [GlobalSetup]
    public void SetUp()
    {
        CryptoProvider provider = Provider == "platform" ? CryptoProvider.Platform : CryptoProvider.Default;
        _key = PacketKey.Create(provider, Enum.Parse<CipherSuite>(Suite), new byte[32]);
        new Random(1).NextBytes(_plain);
        _plain.CopyTo(_sealed, 0);
        _key.Seal(7, _sealed, HeaderLength);
    }

    [GlobalCleanup]
    public void CleanUp() => _key.Dispose();

    [Benchmark]
    public void Seal() => _key.Seal(_number++ & 0xfffff, _plain, HeaderLength);

    [Benchmark]
    public bool Open()
    {
        _sealed.CopyTo(_work, 0);
        return _key.TryOpen(7, _work, HeaderLength);
    }
}
