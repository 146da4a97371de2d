using BenchmarkDotNet.Attributes;
using Connet.Quic.Core.Crypto;

namespace Connet.Benchmarks.Micro;

/// <summary>Header protection of one packet with each provider.</summary>
[MemoryDiagnoser]
public class HeaderMaskBenchmark
{
    private readonly byte[] _packet = new byte[1452];
    private HeaderProtectionKey _key = null!;

    [Params("default", "platform")]
    public string Provider { get; set; } = "default";

    [Params("Aes128GcmSha256", "ChaCha20Poly1305Sha256")]
    public string Suite { get; set; } = "Aes128GcmSha256";

    [GlobalSetup]
    public void SetUp()
    {
        CryptoProvider provider = Provider == "platform" ? CryptoProvider.Platform : CryptoProvider.Default;
        _key = HeaderProtectionKey.Create(provider, Enum.Parse<CipherSuite>(Suite), new byte[32]);
    }

    [GlobalCleanup]
    public void CleanUp() => _key.Dispose();

    [Benchmark]
    public void Protect() => _key.Protect(_packet, packetNumberOffset: 9, packetNumberLength: 2);
}
