using Connet.Protocol.Common;
using Connet.Protocol.Encryption;
using Connet.Protocol.Peers;

namespace Connet.Protocol.Tests.Encryption;

/// <summary>Which encryption two peers settle on, and when none is refused. Lists are written as letters: T, D, N, and ? for an unknown one.</summary>
public sealed class RelayEncryptionPolicyTests
{
    [TestCase("TDN", "TDN", "T")]
    [TestCase("NDT", "TDN", "T")]
    [TestCase("TD", "DN", "D")]
    [TestCase("DN", "TDN", "D")]
    [TestCase("T", "TD", "T")]
    [TestCase("TN", "DN", "N")]
    [TestCase("N", "DN", "N")]
    [TestCase("DN", "N", "N")]
    [TestCase("", "DN", "N")]
    [TestCase("DN", "", "N")]
    [TestCase("", "", "N")]
    [TestCase("", "D", null)]
    [TestCase("N", "TD", null)]
    [TestCase("T", "D", null)]
    [TestCase("D", "", null)]
    [TestCase("?", "TDN", null)]
    [TestCase("?D", "TDN", "D")]
    public void The_destination_chooses_the_best_that_both_allow(string offered, string allowed, string? expected) =>
        Assert.That(RelayEncryptionPolicy.Choose(Offer(offered), List(allowed), [[]]), Is.EqualTo(One(expected)));

    [TestCase("N", "DN", "DN", null, "a relay took dhxcp off the offer")]
    [TestCase("", "DN", "DN", null, "a relay took the whole offer")]
    [TestCase("N", "TDN", "T", null, "the peer would have offered TLS")]
    [TestCase("N", "DN", "", "N", "an older peer announces nothing")]
    [TestCase("N", "DN", "N", "N", "the peer allows none only")]
    [TestCase("N", "N", "DN", "N", "this side allows none only")]
    [TestCase("TN", "DN", "TN", "N", "no encryption in common")]
    [TestCase("N", "DN", "DN|", "N", "one of the possible peers announced nothing")]
    [TestCase("N", "DN", "DN|TD", null, "with all possible peers there is an encryption in common")]
    [TestCase("N", "DN", "DN|T", "N", "with the second one there is none")]
    [TestCase("D", "DN", "DN", "D", "an encryption is never refused")]
    public void None_is_refused_where_encryption_was_possible(string offered, string allowed, string announced, string? expected, string reason) =>
        Assert.That(RelayEncryptionPolicy.Choose(Offer(offered), List(allowed), Lists(announced)), Is.EqualTo(One(expected)), reason);

    [Test]
    public void Without_any_known_peer_the_own_list_decides()
    {
        Assert.That(RelayEncryptionPolicy.Choose(Offer("N"), List("DN"), []), Is.EqualTo(RelayEncryption.None));
        Assert.That(RelayEncryptionPolicy.Choose(Offer("N"), List("D"), []), Is.Null);
    }

    [TestCase("N", "DN", "", true)]
    [TestCase("N", "DN", "N", true)]
    [TestCase("N", "DN", "DN", false)]
    [TestCase("N", "DN", "DN|", true)]
    [TestCase("N", "D", "", false)]
    [TestCase("N", "", "", true)]
    [TestCase("D", "DN", "DN", true)]
    [TestCase("T", "DN", "TDN", false)]
    [TestCase("T", "TDN", "", true)]
    [TestCase("?", "TDN", "", false)]
    public void The_source_accepts_only_what_it_offered_and_what_nobody_stripped(string chosen, string offered, string announced, bool expected)
    {
        Response.Types.Connect answer = new() { DestinationEncryption = One(chosen)!.Value, DestinationTls = new(), DestinationDhX25519 = new() };
        Assert.That(RelayEncryptionPolicy.IsAcceptable(answer, List(offered), Lists(announced)), Is.EqualTo(expected));
    }

    [Test]
    public void A_chosen_scheme_needs_its_configuration()
    {
        Assert.That(RelayEncryptionPolicy.IsAcceptable(new() { DestinationEncryption = RelayEncryption.Tls, DestinationDhX25519 = new() }, List("TD"), [[]]), Is.False);
        Assert.That(RelayEncryptionPolicy.IsAcceptable(new() { DestinationEncryption = RelayEncryption.Dhxcp, DestinationTls = new() }, List("TD"), [[]]), Is.False);
    }

    [Test]
    public void A_scheme_is_offered_with_its_configuration_only()
    {
        Request.Types.Connect connect = new() { SourceEncryption = { List("NDT") }, SourceTls = new() };
        Assert.That(RelayEncryptionPolicy.OfferOf(connect), Is.EqualTo(List("TN")));
        Assert.That(RelayEncryptionPolicy.OfferOf(new()), Is.EqualTo(List("N")));
    }

    /// <summary>An offer of nothing usable must not turn into the empty list, which would mean none.</summary>
    [Test]
    public void An_offer_without_any_configuration_is_not_an_offer_of_none()
    {
        Request.Types.Connect connect = new() { SourceEncryption = { List("T") } };
        Assert.That(RelayEncryptionPolicy.OfferOf(connect), Is.Empty);
        Assert.That(RelayEncryptionPolicy.Choose(connect, List("TDN"), [[]]), Is.Null);
    }

    [Test]
    public void Nothing_set_means_encryption_where_the_other_side_can() =>
        Assert.That(RelayEncryptionPolicy.Default, Is.EqualTo(List("DN")));

    private static Request.Types.Connect Offer(string letters) =>
        new() { SourceEncryption = { List(letters) }, SourceTls = new(), SourceDhX25519 = new() };

    private static RelayEncryption[] List(string letters) => [.. letters.Select(letter => One(letter.ToString())!.Value)];

    private static IEnumerable<RelayEncryption[]> Lists(string letters) => letters.Split('|').Select(List);

    private static RelayEncryption? One(string? letter) => letter switch
    {
        "T" => RelayEncryption.Tls,
        "D" => RelayEncryption.Dhxcp,
        "N" => RelayEncryption.None,
        "?" => (RelayEncryption)9,
        _ => null,
    };
}
