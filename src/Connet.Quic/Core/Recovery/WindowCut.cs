using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Recovery;

/// <summary>
/// Remembers the last time the window was cut. Losses of packets sent before it belong to it, and when every one of them
/// has arrived after all, it can be undone.
/// </summary>
internal sealed class WindowCut(PacketNumberSpace[] spaces)
{
    private static readonly Timestamp None = new(long.MinValue);

    private Timestamp _at = None;
    private bool _canUndo;

    /// <summary>Packets of one space were lost; they are in its <see cref="PacketNumberSpace.Lost"/> already.</summary>
    public void OnLosses(PacketNumberSpace space, in LossSummary lost, Timestamp now)
    {
        if (lost.LastSentAt > _at)
        {
            // A new cut: only its own losses can undo it.
            foreach (PacketNumberSpace other in spaces)
            {
                other.Lost.KeepNewest(other == space ? lost.CongestionPackets : 0);
            }

            _at = now;
            _canUndo = true;
        }

        if (lost.TooManyToUndo || !_canUndo)
        {
            ForgetLosses();
        }

        // It ends the recovery period, so whatever is lost next is a new cut (RFC 9002, section 7.6.2).
        _at = lost.PersistentCongestion ? None : _at;
    }

    /// <summary>A packet arrived marked by a congested router: that cut has a cause, whatever arrives late.</summary>
    public void OnMark(Timestamp sentAt, Timestamp now)
    {
        if (sentAt > _at)
        {
            _at = now;
            ForgetLosses();
        }
    }

    /// <summary>Whether the last of the lost packets has arrived. True once for each cut.</summary>
    public bool TryUndo()
    {
        foreach (PacketNumberSpace space in spaces)
        {
            if (space.Lost.Count > 0)
            {
                return false;
            }
        }

        bool undo = _canUndo;
        if (undo)
        {
            Reset();
        }

        return undo;
    }

    /// <summary>There was no cut, as on a new path.</summary>
    public void Reset()
    {
        _at = None;
        _canUndo = false;
    }

    private void ForgetLosses()
    {
        _canUndo = false;
        foreach (PacketNumberSpace space in spaces)
        {
            space.Lost.Clear();
        }
    }
}
