using Connet.Protocol.Encryption;
using Connet.Protocol.Tests.Vectors;

namespace Connet.Protocol.Tests.Encryption;

/// <summary>The two implementations of the frame cipher give the same bytes.</summary>
public sealed class FrameCipherTests
{
    private static readonly byte[] s_key = Samples.Bytes("dhxcp/source_writes_key");

    [Test]
    public void Implementations_agree([Values(0, 1, 15, 16, 17, 64, 1000, DhxcpFrames.MaxPlaintext)] int length)
    {
        byte[] plaintext = [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7))];
        using FrameCipher platform = new PlatformFrameCipher(s_key);
        using FrameCipher managed = new ManagedFrameCipher(s_key);
        using FrameCipher platformReader = new PlatformFrameCipher(s_key);
        using FrameCipher managedReader = new ManagedFrameCipher(s_key);
        for (int frame = 0; frame < 3; frame++)
        {
            byte[] one = Seal(platform, plaintext);
            byte[] other = Seal(managed, plaintext);
            Assert.That(other, Is.EqualTo(one), $"frame {frame}");
            Assert.That(platformReader.TryOpen(other), Is.True);
            Assert.That(managedReader.TryOpen(one), Is.True);
            Assert.That(one.AsSpan(0, length).SequenceEqual(plaintext) && other.AsSpan(0, length).SequenceEqual(plaintext), Is.True);
        }
    }

    [Test]
    public void Tampering_is_noticed_by_both([Values] bool managed)
    {
        byte[] frame = Seal(new PlatformFrameCipher(s_key), [1, 2, 3]);
        for (int at = 0; at < frame.Length; at++)
        {
            byte[] changed = [.. frame];
            changed[at] ^= 0x80;
            using FrameCipher reader = managed ? new ManagedFrameCipher(s_key) : new PlatformFrameCipher(s_key);
            Assert.That(reader.TryOpen(changed), Is.False, $"byte {at}");
        }
    }

    [Test]
    public void Fewer_bytes_than_a_tag_do_not_open()
    {
        using FrameCipher reader = FrameCipher.Create(s_key);
        Assert.That(reader.TryOpen(new byte[15]), Is.False);
    }

    private static byte[] Seal(FrameCipher cipher, byte[] plaintext)
    {
        byte[] frame = new byte[plaintext.Length + FrameCipher.TagLength];
        cipher.Seal(plaintext, frame);
        return frame;
    }
}
