using Connet.Protocol.Naming;
using Connet.Protocol.Tests.Vectors;
using CsCheck;

namespace Connet.Protocol.Tests.Naming;

/// <summary>base32hex, generated names and certificate keys.</summary>
public sealed class NamingTests
{
    [Test]
    public void The_sample_is_encoded_and_decoded()
    {
        byte[] bytes = Samples.Bytes("base32hex/bytes");
        string text = Samples.Text("base32hex/text");
        Assert.That(Base32Hex.Encode(bytes), Is.EqualTo(text));
        Assert.That(Base32Hex.TryDecode(text, out byte[] decoded), Is.True);
        Assert.That(decoded, Is.EqualTo(bytes));
    }

    /// <summary>RFC 4648 section 10, in lower case and without padding.</summary>
    [TestCase("", "")]
    [TestCase("f", "co")]
    [TestCase("fo", "cpng")]
    [TestCase("foo", "cpnmu")]
    [TestCase("foob", "cpnmuog")]
    [TestCase("fooba", "cpnmuoj1")]
    [TestCase("foobar", "cpnmuoj1e8")]
    public void The_vectors_of_the_rfc_hold(string plain, string text)
    {
        Assert.That(Base32Hex.Encode(System.Text.Encoding.ASCII.GetBytes(plain)), Is.EqualTo(text));
        Assert.That(Base32Hex.TryDecode(text, out byte[] decoded), Is.True);
        Assert.That(System.Text.Encoding.ASCII.GetString(decoded), Is.EqualTo(plain));
    }

    [Test]
    public void Any_bytes_come_back() =>
        Gen.Byte.Array[0, 300].Sample(bytes => Base32Hex.TryDecode(Base32Hex.Encode(bytes), out byte[] decoded) && decoded.AsSpan().SequenceEqual(bytes), seed: "0N0XIzNsQ0O2", iter: 500);

    [TestCase("CO", "capitals")]
    [TestCase("co======", "padding")]
    [TestCase("cp", "bits beyond the last byte")]
    [TestCase("cpnmuoj1e9", "bits beyond the last byte")]
    [TestCase("c", "no byte count has this length")]
    [TestCase("cpn", "no byte count has this length")]
    [TestCase("cpnmuo", "no byte count has this length")]
    [TestCase("cw", "outside the alphabet")]
    [TestCase("c ", "outside the alphabet")]
    [TestCase("c\u0660", "a digit of another script")]
    public void Anything_else_is_refused(string text, string reason) => Assert.That(Base32Hex.TryDecode(text, out _), Is.False, reason);

    [Test]
    public void One_value_has_one_text()
    {
        // Of the 32 last digits after 'c' only those with zero bits behind the byte's end are read.
        string alphabet = "0123456789abcdefghijklmnopqrstuv";
        Assert.That(alphabet.Count(last => Base32Hex.TryDecode($"c{last}", out _)), Is.EqualTo(8));
    }

    [TestCase("server")]
    [TestCase("client")]
    public void Certificate_keys_are_those_of_the_samples(string which) =>
        Assert.That(CertificateKey.Of(Samples.Bytes($"certificates/{which}_der")), Is.EqualTo(Samples.Text($"certificates/{which}_key")));

    [Test]
    public void Random_names_have_52_digits_and_differ()
    {
        string[] names = [ServerNames.RandomName(), ServerNames.RandomName()];
        Assert.That(names, Is.Unique.And.All.Length.EqualTo(52));
        Assert.That(Base32Hex.TryDecode(names[0], out byte[] bytes), Is.True);
        Assert.That(bytes, Has.Length.EqualTo(32));
    }

    [TestCase(Realms.Peer, ".connet.peer.invalid")]
    [TestCase(Realms.Relay, ".reserve.relay.invalid")]
    [TestCase(Realms.Control, ".relay.control.invalid")]
    public void Server_names_are_in_their_realm(string realm, string suffix)
    {
        string name = ServerNames.Create(realm);
        Assert.That(name, Does.EndWith(suffix).And.Length.EqualTo(52 + suffix.Length));
        Assert.That(ServerNames.IsIn(name, realm), Is.True);
        Assert.That(ServerNames.IsIn(name, "other"), Is.False);
    }

    [Test]
    public void The_samples_name_is_in_the_realm_of_peers() =>
        Assert.That(ServerNames.IsIn(Samples.Text("certificates/server_dns_name"), Realms.Peer), Is.True);

    [TestCase("connet.peer.invalid")]
    [TestCase(".connet.peer.invalid")]
    [TestCase("co.connet.peer.invalid")]
    [TestCase("000g40o40k30e209185go38e1s8124gj2gahc5oo34d1m70t3ofg.connet.peer.invalid.")]
    [TestCase("000g40o40k30e209185go38e1s8124gj2gahc5oo34d1m70t3ofg.x.connet.peer.invalid")]
    [TestCase("000G40o40k30e209185go38e1s8124gj2gahc5oo34d1m70t3ofg.connet.peer.invalid")]
    [TestCase("")]
    public void Other_names_are_in_no_realm(string name) => Assert.That(ServerNames.IsIn(name, Realms.Peer), Is.False);
}
