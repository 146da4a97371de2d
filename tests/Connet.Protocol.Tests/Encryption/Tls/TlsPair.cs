using System.Security.Cryptography;
using Connet.Protocol.Encryption.Tls;
using Connet.Protocol.Identities;

namespace Connet.Protocol.Tests.Encryption.Tls;

/// <summary>A source and a destination with a relay between them that the test plays.</summary>
internal sealed class TlsPair
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly IdentityFactory s_identities = new(TimeProvider.System);

    /// <param name="capacity">How many records may wait in each direction.</param>
    /// <param name="seenBySource">Whom the source expects; the destination by default.</param>
    /// <param name="seenByDestination">Whom the destination expects; the source by default.</param>
    public TlsPair(int capacity = int.MaxValue, PeerIdentity? seenBySource = null, PeerIdentity? seenByDestination = null)
    {
        Forth = new TlsLane(capacity);
        Back = new TlsLane(capacity);
        SourceTransport = new LaneTransport(Back, Forth);
        DestinationTransport = new LaneTransport(Forth, Back);
        Source = TlsRelayStream.AtSource(SourceTransport, SourceIdentity.Client, Info((seenBySource ?? DestinationIdentity).Server));
        Destination = TlsRelayStream.AtDestination(DestinationTransport, DestinationIdentity.Server, Info((seenByDestination ?? SourceIdentity).Client));
    }

    public PeerIdentity SourceIdentity { get; } = NewIdentity();

    public PeerIdentity DestinationIdentity { get; } = NewIdentity();

    /// <summary>From the source to the destination.</summary>
    public TlsLane Forth { get; }

    public TlsLane Back { get; }

    public LaneTransport SourceTransport { get; }

    public LaneTransport DestinationTransport { get; }

    public TlsRelayStream Source { get; }

    public TlsRelayStream Destination { get; }

    public static PeerIdentity NewIdentity() => s_identities.CreatePeer();

    public static CertificateInfo Info(GeneratedCertificate certificate)
    {
        Assert.That(CertificateInfo.TryRead(certificate.Certificate.Span, out CertificateInfo? info));
        return info!;
    }

    public static async Task<TlsPair> ConnectAsync(int capacity = int.MaxValue)
    {
        TlsPair pair = new(capacity);
        await pair.HandshakeAsync();
        return pair;
    }

    public Task HandshakeAsync() => Task.WhenAll(HandshakeAsync(Source), HandshakeAsync(Destination));

    public static Task HandshakeAsync(TlsRelayStream side) =>
        side.HandshakeAsync(Patience, TimeProvider.System, CancellationToken.None).WaitAsync(Patience);

    /// <summary>The data up to the end.</summary>
    public static async Task<byte[]> ReadToEndAsync(Stream side)
    {
        using CancellationTokenSource patience = new(Patience);
        using MemoryStream all = new();
        await side.CopyToAsync(all, patience.Token);
        return all.ToArray();
    }

    public static async Task<byte[]> ReadAsync(Stream side, int count)
    {
        using CancellationTokenSource patience = new(Patience);
        byte[] bytes = new byte[count];
        await side.ReadExactlyAsync(bytes, patience.Token);
        return bytes;
    }

    /// <summary>Writes random bytes.</summary>
    /// <returns>What they hash to.</returns>
    public static async Task<byte[]> WriteRandomAsync(Stream side, int pieces, int seed)
    {
        using CancellationTokenSource patience = new(Patience);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Random random = new(seed);
        byte[] piece = new byte[100_000];
        for (int i = 0; i < pieces; i++)
        {
            random.NextBytes(piece);
            hash.AppendData(piece);
            await side.WriteAsync(piece, patience.Token);
        }

        ((TlsRelayStream)side).CompleteWrites();
        return hash.GetHashAndReset();
    }

    /// <summary>Reads to the end.</summary>
    /// <returns>What it hashes to.</returns>
    public static async Task<byte[]> HashToEndAsync(Stream side)
    {
        using CancellationTokenSource patience = new(Patience);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[10_000];
        for (int read = -1; read != 0;)
        {
            read = await side.ReadAsync(buffer, patience.Token);
            hash.AppendData(buffer, 0, read);
        }

        return hash.GetHashAndReset();
    }
}
