using System.Runtime.InteropServices;
using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Paths;

/// <summary>
/// Both sides of path validation for one path (RFC 9000, section 8.2): our challenges, of which each has data of its own,
/// and the answer to the peer's. At most one answer waits: the newest challenge is the one worth answering, and a flood of
/// them must not pile up.
/// </summary>
internal sealed class PathValidator
{
    // One challenge per probe timeout; when the third has had its time, the attempt has failed (section 8.2.4).
    private const int MaxChallenges = 3;

    private readonly ulong[] _sent = new ulong[MaxChallenges];
    private IRandomSource? _random;
    private TimeSpan _probeTimeout;
    private Timestamp _deadline;
    private int _count;
    private ulong _challenge;
    private bool _challengePending;
    private ulong _response;

    /// <summary>Whether an attempt is under way.</summary>
    public bool IsValidating { get; private set; }

    /// <summary>Whether the last attempt succeeded.</summary>
    public bool Validated { get; private set; }

    /// <summary>Whether the last attempt failed.</summary>
    public bool Failed { get; private set; }

    /// <summary>Whether a PATH_CHALLENGE waits to be sent.</summary>
    public bool HasChallenge => _challengePending;

    /// <summary>Whether a PATH_RESPONSE waits to be sent.</summary>
    public bool HasResponse { get; private set; }

    /// <summary>When <see cref="HandleTimeout"/> has something to do.</summary>
    public Timestamp Deadline => IsValidating ? _deadline : Timestamp.Never;

    /// <summary>Begins an attempt, in place of one that may be under way.</summary>
    /// <param name="now">The time.</param>
    /// <param name="probeTimeout">The larger of the current probe timeout and that of a fresh path.</param>
    /// <param name="random">Where the challenges' data comes from: it must be unpredictable (section 8.2.1).</param>
    public void Start(Timestamp now, TimeSpan probeTimeout, IRandomSource random)
    {
        _random = random;
        _probeTimeout = probeTimeout;
        _count = 0;
        IsValidating = true;
        Validated = false;
        Failed = false;
        AddChallenge(now, random);
    }

    /// <summary>
    /// Takes the challenge to send, in a datagram of 1200 bytes if the anti-amplification limit allows. It is never sent
    /// again: the next has other data.
    /// </summary>
    public bool TryGetChallenge(out ulong data)
    {
        data = _challenge;
        bool pending = _challengePending;
        _challengePending = false;
        return pending;
    }

    /// <summary>The peer challenges this path. Only the newest challenge is kept.</summary>
    public void OnChallengeReceived(ulong data)
    {
        _response = data;
        HasResponse = true;
    }

    /// <summary>Takes the answer to send, on the path that the challenge came from. It is never sent again (section 13.3).</summary>
    public bool TryGetResponse(out ulong data)
    {
        data = _response;
        bool pending = HasResponse;
        HasResponse = false;
        return pending;
    }

    /// <summary>
    /// The peer answers. Whether that validates the path: the data is that of a challenge of this attempt. Any other answer
    /// is ignored.
    /// </summary>
    public bool OnResponse(ulong data)
    {
        if (!IsValidating || !_sent.AsSpan(0, _count).Contains(data))
        {
            return false;
        }

        Stop();
        Validated = true;
        return true;
    }

    /// <summary>Adds a challenge, or gives up, if the time for it has come.</summary>
    public void HandleTimeout(Timestamp now)
    {
        if (now < Deadline || _random is null)
        {
            return;
        }

        if (_count < MaxChallenges)
        {
            AddChallenge(now, _random);
            return;
        }

        Stop();
        Failed = true;
    }

    /// <summary>Gives up the attempt without a result, as when the path is left.</summary>
    public void Stop()
    {
        IsValidating = false;
        _challengePending = false;
        _count = 0;
    }

    private void AddChallenge(Timestamp now, IRandomSource random)
    {
        ulong data = 0;
        random.Fill(MemoryMarshal.AsBytes(new Span<ulong>(ref data)));
        _sent[_count++] = data;
        _challenge = data;
        _challengePending = true;
        _deadline = now + _probeTimeout;
    }
}
