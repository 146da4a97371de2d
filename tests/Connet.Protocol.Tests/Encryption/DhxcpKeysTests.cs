using Connet.Protocol.Encryption;
using Connet.Protocol.Keys;
using Connet.Protocol.Tests.Vectors;

namespace Connet.Protocol.Tests.Encryption;

/// <summary>The key agreement of the dhxcp scheme.</summary>
public sealed class DhxcpKeysTests
{
    [Test]
    public void Both_sides_derive_the_samples_keys()
    {
        X25519KeyPair source = X25519KeyPair.FromSecret(Samples.Bytes("dhxcp/source_secret"));
        X25519KeyPair destination = X25519KeyPair.FromSecret(Samples.Bytes("dhxcp/destination_secret"));
        Assert.That(source.PublicKey.ToArray(), Is.EqualTo(Samples.Bytes("dhxcp/source_public")));
        Assert.That(destination.PublicKey.ToArray(), Is.EqualTo(Samples.Bytes("dhxcp/destination_public")));

        Assert.That(DhxcpKeys.TryDeriveAtSource(source, destination.PublicKey, out DhxcpKeys? atSource), Is.True);
        Assert.That(DhxcpKeys.TryDeriveAtDestination(destination, source.PublicKey, out DhxcpKeys? atDestination), Is.True);
        foreach (DhxcpKeys? keys in new[] { atSource, atDestination })
        {
            Assert.That(keys!.SourceKey.ToArray(), Is.EqualTo(Samples.Bytes("dhxcp/source_writes_key")));
            Assert.That(keys.DestinationKey.ToArray(), Is.EqualTo(Samples.Bytes("dhxcp/destination_writes_key")));
        }
    }

    [Test]
    public void A_key_that_is_none_gives_no_keys()
    {
        X25519KeyPair own = X25519KeyPair.Generate();
        Assert.That(DhxcpKeys.TryDeriveAtSource(own, new byte[32], out _), Is.False);
        Assert.That(DhxcpKeys.TryDeriveAtDestination(own, new byte[31], out _), Is.False);
    }
}
