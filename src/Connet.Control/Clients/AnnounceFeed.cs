using Connet.Control.Diagnostics;

namespace Connet.Control.Clients;

/// <summary>What an announce stream has been told, and what it is told next.</summary>
internal sealed class AnnounceFeed(PeerWatch watch, ClientSession session)
{
    // Of the list sent last only the certificates are kept: the frames of old lists would pile up behind slow readers.
    private IReadOnlyDictionary<string, string> _sent = new Dictionary<string, string>();
    private WeakReference<PeerList>? _current;

    /// <summary>The next list, null if the client has the newest one.</summary>
    public byte[]? Next()
    {
        PeerList newest = watch.Current();
        if (_current is not null && _current.TryGetTarget(out PeerList? current) && ReferenceEquals(current, newest))
        {
            return null;
        }

        // Peers never read certificates again under an id that they know: first a list without the id, then one with it.
        PeerList list = newest;
        if (newest.WithoutReplaced(_sent) is { } reduced)
        {
            list = reduced;
        }
        else
        {
            _current = new WeakReference<PeerList>(newest);
        }

        _sent = list.Certificates;
        byte[] frame = list.ToFrame(session.Generation, out int left);
        if (left > 0)
        {
            ControlLog.ListCut(session.Server.Logger, watch.Key.Name, list.Entries.Count, left);
        }

        return frame;
    }
}
