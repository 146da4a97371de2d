using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core;

/// <summary>
/// Limits stateless resets, so that strangers cannot have us send many (RFC 9000, section 10.3.3). Addresses share a
/// fixed number of slots by hash: memory does not grow, and a collision only makes a reset come later. Many may go at
/// once after a quiet time, for a peer may have that many connections which all ask at the same moment.
/// </summary>
internal sealed class ResetLimiter
{
    /// <summary>So many may go at once.</summary>
    public const int Burst = 32;

    private const int Slots = 1024;
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(20);

    // When all that was sent has been paid for, one interval each.
    private readonly Timestamp[] _paid = new Timestamp[Slots];

    public bool MaySend(Timestamp now, in NetworkAddress to)
    {
        ref Timestamp paid = ref _paid[(uint)to.GetHashCode() % Slots];
        Timestamp next = Timestamp.Max(paid, now) + _interval;
        if (next - now > Burst * _interval)
        {
            return false;
        }

        paid = next;
        return true;
    }
}
