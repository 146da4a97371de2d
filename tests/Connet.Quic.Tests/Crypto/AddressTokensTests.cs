using Connet.Quic.Core.Crypto;
using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Tests.Crypto;

[TestFixtureSource(typeof(CryptoProviders), nameof(CryptoProviders.Names))]
public sealed class AddressTokensTests(string providerName) : IDisposable
{
    private static readonly NetworkAddress _address = NetworkAddress.FromIPv4(0xc000_0201, 4433);
    private static readonly ConnectionId _original = new([1, 2, 3, 4, 5, 6, 7, 8]);
    private static readonly ConnectionId _retrySource = new([9, 8, 7, 6]);
    private static readonly Timestamp _now = new(50_000_000);
    private static readonly TimeSpan _lifetime = TimeSpan.FromSeconds(5);

    private AddressTokens? _created;

    private AddressTokens Tokens => _created!;

    [SetUp]
    public void SetUp() => _created = Create(new byte[32], seed: 1);

    [TearDown]
    public void Dispose() => _created?.Dispose();

    [Test]
    public void A_token_gives_back_both_IDs_of_any_length()
    {
        for (int length = 0; length <= ConnectionId.MaxLength; length++)
        {
            ConnectionId original = new(Enumerable.Repeat((byte)0xaa, length).ToArray());
            ConnectionId source = new(Enumerable.Repeat((byte)0xbb, ConnectionId.MaxLength - length).ToArray());
            byte[] token = Tokens.CreateRetry(_address, original, source, _now, _lifetime);
            Assert.That(token, Has.Length.EqualTo(AddressTokens.RetryTokenLength), "the length tells nothing");
            Assert.That(Tokens.IsRetryToken(token), Is.True);
            Assert.That(Tokens.TryOpenRetry(token, _address, _now, out ConnectionId first, out ConnectionId second), Is.True);
            Assert.That((first, second), Is.EqualTo((original, source)));
        }
    }

    [Test]
    public void A_token_is_good_until_its_last_instant()
    {
        byte[] token = Token();
        Assert.That(Opens(token, _address, _now + _lifetime), Is.True);
        Assert.That(Opens(token, _address, new Timestamp((_now + _lifetime).Ticks + 1)), Is.False);
    }

    [Test]
    public void A_token_is_bound_to_the_address_and_the_port()
    {
        byte[] token = Token();
        Assert.That(Opens(token, _address with { Port = 4434 }, _now), Is.False);
        Assert.That(Opens(token, NetworkAddress.FromIPv4(0xc000_0202, 4433), _now), Is.False);
        Assert.That(Opens(token, _address with { ScopeId = 1 }, _now), Is.False);
        Assert.That(Opens(token, _address, _now), Is.True);
    }

    [Test]
    public void Every_truncation_extension_and_flipped_bit_is_refused()
    {
        byte[] token = Token();
        for (int length = 0; length < token.Length; length++)
        {
            Assert.That(Opens(token[..length], _address, _now), Is.False, $"{length} bytes");
        }

        Assert.That(Opens([.. token, 0], _address, _now), Is.False);
        for (int bit = 0; bit < token.Length * 8; bit++)
        {
            byte[] changed = [.. token];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(Opens(changed, _address, _now), Is.False, $"bit {bit}");
        }
    }

    [Test]
    public void Random_bytes_are_refused()
    {
        const int Seed = 5;
        Random random = new(Seed);
        for (int i = 0; i < 1000; i++)
        {
            byte[] token = new byte[i % 3 == 0 ? AddressTokens.RetryTokenLength : random.Next(0, 200)];
            random.NextBytes(token);
            if (token.Length > 0 && i % 2 == 0)
            {
                token[0] = Token()[0];
            }

            Assert.That(Opens(token, _address, _now), Is.False, $"seed {Seed}, case {i}");
        }
    }

    [Test]
    public void Another_secret_opens_nothing_and_the_same_secret_does()
    {
        byte[] token = Token();
        using AddressTokens same = Create(new byte[32], seed: 9);
        using AddressTokens other = Create(Enumerable.Repeat((byte)1, 32).ToArray(), seed: 1);
        Assert.That(same.TryOpenRetry(token, _address, _now, out _, out _), Is.True);
        Assert.That(other.TryOpenRetry(token, _address, _now, out _, out _), Is.False);
    }

    [Test]
    public void Two_tokens_for_the_same_client_share_no_nonce()
    {
        Assert.That(Token().AsSpan(1, 12).SequenceEqual(Token().AsSpan(1, 12)), Is.False);
    }

    [Test]
    public void An_empty_or_foreign_token_does_not_claim_to_be_from_a_Retry()
    {
        Assert.That(Tokens.IsRetryToken([]), Is.False);
        Assert.That(Tokens.IsRetryToken([(byte)(Token()[0] + 1), 2, 3]), Is.False);
        Assert.That(Tokens.IsRetryToken([Token()[0]]), Is.True, "a truncated one still claims it");
    }

    [Test]
    public void A_short_secret_is_refused() =>
        Assert.That(() => new AddressTokens(new byte[15], new TestRandom(1)), Throws.ArgumentException);

    private AddressTokens Create(byte[] secret, int seed) => new(secret, new TestRandom(seed), CryptoProviders.Get(providerName));

    private byte[] Token() => Tokens.CreateRetry(_address, _original, _retrySource, _now, _lifetime);

    private bool Opens(byte[] token, NetworkAddress address, Timestamp now) => Tokens.TryOpenRetry(token, address, now, out _, out _);
}
