using Connet.Control.Clients;
using Connet.Control.Sessions;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.Identities;
using Connet.Protocol.Timing;
using Microsoft.Extensions.Time.Testing;

namespace Connet.Control.Tests;

/// <summary>Who is woken by a change, and what the directory keeps.</summary>
public sealed class EndpointDirectoryTests
{
    private const int Others = 1000;

    private static readonly PeerIdentity s_identity = HandIdentity.Peer();

    [Test]
    public void A_change_touches_only_those_who_watch_the_endpoint()
    {
        using EndpointDirectory directory = new(new FakeTimeProvider(), TimeSpan.FromSeconds(30));
        List<(PeerWatch Watch, PeerList List)> others = [];
        for (int i = 0; i < Others; i++)
        {
            EndpointKey key = new($"endpoint {i}", Role.Source);
            directory.Add(Announcement(key, "peer", i));
            PeerWatch watch = directory.Watch(key, new WakeSignal());
            others.Add((watch, watch.Current()));
        }

        // The same name in the other role is another endpoint too.
        PeerWatch opposite = directory.Watch(new EndpointKey("web", Role.Source), new WakeSignal());
        PeerWatch[] watches = [.. Enumerable.Range(0, 3).Select(_ => directory.Watch(new EndpointKey("web", Role.Destination), new WakeSignal()))];

        Announcement announcement = Announcement(new EndpointKey("web", Role.Destination), "peer", Others);
        directory.Add(announcement);
        directory.Update(announcement, Entry("peer", 1));
        directory.Update(announcement, Entry("peer", 1));
        directory.Abandon(announcement);
        directory.Withdraw(announcement);

        Assert.That(watches.Select(watch => watch.Changed.Count), Is.All.EqualTo(3), "in, changed, out; the same again and a dead connection are no change");
        Assert.That(opposite.Changed.Count, Is.Zero);
        Assert.That(others.Select(other => other.Watch.Changed.Count), Is.All.Zero);
        Assert.That(others.Select(other => ReferenceEquals(other.Watch.Current(), other.List)), Is.All.True, "no list was made again");
    }

    [Test]
    public async Task A_signal_set_many_times_wakes_once()
    {
        WakeSignal signal = new();
        for (int i = 0; i < 1000; i++)
        {
            signal.Set();
        }

        await signal.WaitAsync(CancellationToken.None);
        ValueTask second = signal.WaitAsync(CancellationToken.None);
        Assert.That(second.IsCompleted, Is.False);
        signal.Set();
        await second.AsTask().WaitAsync(HandConnection.Patience);
    }

    [Test]
    public void One_list_and_one_frame_serve_all_watchers()
    {
        using EndpointDirectory directory = new(new FakeTimeProvider(), TimeSpan.Zero);
        EndpointKey key = new("web", Role.Destination);
        PeerWatch[] watches = [.. Enumerable.Range(0, 10).Select(_ => directory.Watch(key, new WakeSignal()))];
        for (int i = 0; i < 5; i++)
        {
            directory.Add(Announcement(key, $"peer {i}", i));
        }

        byte[] frame = watches[0].Current().ToFrame(ProtocolGeneration.Second, out int left);
        Assert.That(left, Is.Zero);
        Assert.That(watches.Select(watch => watch.Current().ToFrame(ProtocolGeneration.Second, out _)), Is.All.SameAs(frame));
        Response response = Response.Parser.ParseFrom(frame.AsSpan(4));
        Assert.That(response.Announce.Peers.Select(peer => peer.Id), Is.EqualTo(Enumerable.Range(0, 5).Select(i => $"peer {i}")));
    }

    [Test]
    public void Nothing_is_left_of_what_is_gone()
    {
        FakeTimeProvider clock = new();
        using EndpointDirectory directory = new(clock, TimeSpan.FromSeconds(30));
        for (int i = 0; i < 100; i++)
        {
            EndpointKey key = new($"endpoint {i}", Role.Source);
            Announcement announcement = Announcement(key, "peer", i);
            directory.Add(announcement);
            PeerWatch watch = directory.Watch(key, new WakeSignal());
            PeerWatch empty = directory.Watch(key.Opposite, new WakeSignal());
            _ = empty.Current();
            watch.Dispose();
            empty.Dispose();
            if (i % 2 == 0)
            {
                directory.Withdraw(announcement);
            }
            else
            {
                directory.Abandon(announcement);
            }

            // Whatever comes after the end has no effect.
            directory.Update(announcement, Entry("peer", 7));
            directory.Abandon(announcement);
        }

        Assert.That((directory.TopicCount, directory.AbandonedCount), Is.EqualTo((50, 50)));
        clock.Advance(TimeSpan.FromSeconds(30));
        Assert.That((directory.TopicCount, directory.AbandonedCount), Is.EqualTo((0, 0)));
    }

    [Test]
    public void A_superseded_connection_that_dies_leaves_nothing()
    {
        using EndpointDirectory directory = new(new FakeTimeProvider(), TimeSpan.FromSeconds(30));
        EndpointKey key = new("web", Role.Destination);
        Announcement older = Announcement(key, "peer", 1);
        Announcement newer = new(key, "peer", 2, 2, Entry("peer", 3));
        directory.Add(newer);
        directory.Add(older);
        Assert.That(directory.Current(key).Entries.Single(), Is.SameAs(newer.Entry), "the newest connection, in whatever order they announce");
        directory.Withdraw(newer);
        Assert.That(directory.Current(key).Entries.Single(), Is.SameAs(older.Entry));
        directory.Abandon(older);
        Assert.That(directory.Current(key).Entries, Is.Empty);
        Assert.That(directory.TopicCount, Is.Zero);
    }

    [Test]
    public void A_list_never_outgrows_a_message()
    {
        Google.Protobuf.ByteString item = Google.Protobuf.ByteString.CopyFrom(new byte[1024 * 1024]);
        byte[] frame = ListFrame.Encode(2, 1, [.. Enumerable.Repeat(item, 20)], ProtocolGeneration.First, out int left);
        Assert.That(left, Is.EqualTo(5));
        Assert.That(frame, Has.Length.LessThanOrEqualTo(8 + MessageFraming.MaxMessageLength));
    }

    private static Announcement Announcement(EndpointKey key, string id, long session) => new(key, id, session, session, Entry(id, 0));

    private static PeerEntry Entry(string id, int directs) =>
        new(id, "", s_identity.ToPeer([.. Enumerable.Range(1, directs).Select(i => $"192.0.2.1:{i}")]), "certificates");
}
