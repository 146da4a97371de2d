using Connet.Quic.Core.Paths;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Tests.Wire;

namespace Connet.Quic.Tests.Paths;

/// <summary>RFC 9000, section 8.2.</summary>
public sealed class PathValidatorTests
{
    private static readonly Timestamp _start = new(5_000_000);
    private static readonly TimeSpan _probeTimeout = TimeSpan.FromMilliseconds(100);
    private readonly SeededRandomSource _random = new(11);

    [Test]
    public void The_right_response_validates()
    {
        PathValidator path = Started(out ulong challenge);
        Assert.That(path.OnResponse(challenge ^ 1), Is.False);
        Assert.That(path.Validated, Is.False);
        Assert.That(path.OnResponse(challenge), Is.True);
        Assert.That((path.Validated, path.Failed, path.IsValidating), Is.EqualTo((true, false, false)));
        Assert.That(path.Deadline, Is.EqualTo(Timestamp.Never));
        Assert.That(path.OnResponse(challenge), Is.False, "it was answered already");
    }

    [Test]
    public void A_response_without_a_challenge_is_ignored()
    {
        PathValidator path = new();
        Assert.That(path.OnResponse(0), Is.False);
        Assert.That(path.Validated, Is.False);
    }

    [Test]
    public void A_lost_challenge_is_followed_by_one_with_other_data()
    {
        // Section 8.2.1: each challenge is unpredictable; section 13.3: none is retransmitted.
        PathValidator path = Started(out ulong first);
        Assert.That(path.TryGetChallenge(out _), Is.False);
        path.HandleTimeout(_start + _probeTimeout - TimeSpan.FromTicks(1));
        Assert.That(path.HasChallenge, Is.False);
        path.HandleTimeout(_start + _probeTimeout);
        Assert.That(path.TryGetChallenge(out ulong second), Is.True);
        Assert.That(second, Is.Not.EqualTo(first));
        Assert.That(path.OnResponse(first), Is.True, "an answer to any challenge of the attempt counts");
    }

    [Test]
    public void The_attempt_fails_after_three_probe_timeouts()
    {
        PathValidator path = Started(out ulong first);
        HashSet<ulong> challenges = [first];
        for (int i = 1; i < 3; i++)
        {
            Assert.That(path.Deadline, Is.EqualTo(_start + (i * _probeTimeout)));
            path.HandleTimeout(path.Deadline);
            Assert.That(path.TryGetChallenge(out ulong next), Is.True);
            Assert.That(challenges.Add(next), Is.True);
        }

        Assert.That(path.Failed, Is.False);
        Assert.That(path.Deadline, Is.EqualTo(_start + (3 * _probeTimeout)));
        path.HandleTimeout(path.Deadline);
        Assert.That((path.Failed, path.IsValidating, path.Validated), Is.EqualTo((true, false, false)));
        Assert.That(path.OnResponse(first), Is.False);
        Assert.That(path.Deadline, Is.EqualTo(Timestamp.Never));
    }

    [Test]
    public void A_late_timer_does_not_use_up_the_challenges_at_once()
    {
        PathValidator path = Started(out _);
        Timestamp late = _start + TimeSpan.FromSeconds(10);
        path.HandleTimeout(late);
        path.HandleTimeout(late);
        Assert.That(path.IsValidating, Is.True);
        Assert.That(path.Deadline, Is.EqualTo(late + _probeTimeout));
    }

    [Test]
    public void A_new_attempt_forgets_the_old_one()
    {
        PathValidator path = Started(out ulong old);
        path.Start(_start, _probeTimeout, _random);
        Assert.That(path.OnResponse(old), Is.False);
        Assert.That(path.TryGetChallenge(out ulong challenge), Is.True);
        Assert.That(path.OnResponse(challenge), Is.True);

        path.Start(_start, _probeTimeout, _random);
        Assert.That(path.Validated, Is.False);
        path.Stop();
        Assert.That((path.Validated, path.Failed, path.HasChallenge), Is.EqualTo((false, false, false)));
    }

    [Test]
    public void A_flood_of_challenges_leaves_one_response()
    {
        PathValidator path = new();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (ulong data = 1; data <= 1_000_000; data++)
        {
            path.OnChallengeReceived(data);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(AllocationQuantum.Bytes));
        Assert.That(path.TryGetResponse(out ulong response), Is.True);
        Assert.That(response, Is.EqualTo(1_000_000), "the newest");
        Assert.That(path.TryGetResponse(out _), Is.False);
    }

    private PathValidator Started(out ulong challenge)
    {
        PathValidator path = new();
        path.Start(_start, _probeTimeout, _random);
        Assert.That(path.IsValidating, Is.True);
        Assert.That(path.TryGetChallenge(out challenge), Is.True);
        return path;
    }
}
