using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core;

/// <summary>
/// Limits stateless resets, so that strangers cannot have us send many (RFC 9000, section 10.3.3). Addresses share a
/// fixed number of slots by hash: memory does not grow, and a collision only makes a reset come later.
/// </summary>
internal sealed class ResetLimiter
{
    private const int Slots = 1024;
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(20);

    private readonly Timestamp[] _next = new Timestamp[Slots];

    public bool MaySend(Timestamp now, in NetworkAddress to)
    {
        ref Timestamp next = ref _next[(uint)to.GetHashCode() % Slots];
        if (now < next)
        {
            return false;
        }

        next = now + _interval;
        return true;
    }
}
