using Connet.Client.Peers;

namespace Connet.Client.Tests.Peers;

public sealed class PathSelectorTests
{
    [Test]
    public void Direct_comes_before_relayed_whatever_the_round_trip() =>
        Assert.That(PathSelector.Order([Relay(1), Direct(100)]), Is.EqualTo(new[] { 1, 0 }));

    [Test]
    public void Shorter_round_trip_comes_first_among_paths_of_a_kind() =>
        Assert.That(PathSelector.Order([Direct(30), Relay(9), Direct(10), Relay(8)]), Is.EqualTo(new[] { 2, 0, 3, 1 }));

    [Test]
    public void Silent_paths_come_last() =>
        Assert.That(PathSelector.Order([Direct(1) with { IsSilent = true }, Relay(50), Direct(20)]), Is.EqualTo(new[] { 2, 1, 0 }));

    [Test]
    public void Relay_without_a_known_peer_comes_after_one_with() =>
        Assert.That(PathSelector.Order([Relay(1) with { LeadsToPeer = false }, Relay(50)]), Is.EqualTo(new[] { 1, 0 }));

    [Test]
    public void Relay_that_leads_to_fewer_others_comes_first_where_one_peer_is_wanted() =>
        Assert.That(PathSelector.Order([Relay(1) with { Sharers = 3 }, Relay(50) with { Sharers = 1 }, Direct(80)]), Is.EqualTo(new[] { 2, 1, 0 }));

    [Test]
    public void Equal_paths_keep_their_order() =>
        Assert.That(PathSelector.Order([Direct(5), Direct(5), Direct(5)]), Is.EqualTo(new[] { 0, 1, 2 }));

    [Test]
    public void Nothing_to_order_is_no_order() => Assert.That(PathSelector.Order([]), Is.Empty);

    [Test]
    public void Hedge_avoids_the_peer_that_is_waited_for() =>
        Assert.That(PathSelector.Hedge([Direct(1), Direct(2) with { Group = "other" }], ["peer"]), Is.EqualTo(1));

    [Test]
    public void Hedge_takes_the_first_where_all_share_the_fate() =>
        Assert.That(PathSelector.Hedge([Direct(1), Direct(2)], ["peer"]), Is.Zero);

    private static PathState Direct(int milliseconds) =>
        new(ConnetPathKind.Direct, TimeSpan.FromMilliseconds(milliseconds), IsSilent: false, LeadsToPeer: true, "peer");

    private static PathState Relay(int milliseconds) =>
        new(ConnetPathKind.Relay, TimeSpan.FromMilliseconds(milliseconds), IsSilent: false, LeadsToPeer: true, "relay");
}
