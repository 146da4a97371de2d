using Connet.Control.Diagnostics;
using Connet.Control.Sessions;

namespace Connet.Control.Clients;

/// <summary>What an announce stream has been told, and what it is told next.</summary>
internal sealed class AnnounceFeed(PeerWatch watch, ClientSession session, Announcement announcement) : IResponseFeed
{
    // Of the list sent last only the certificates are kept: the frames of old lists would pile up behind slow readers.
    private IReadOnlyDictionary<string, string> _sent = new Dictionary<string, string>();
    private WeakReference<PeerList>? _current;

    /// <inheritdoc/>
    public bool HasMore { get; private set; }

    /// <summary>Waits for the client's own announcement alone: news of others does not wait for the store.</summary>
    public ValueTask AcknowledgeableAsync(CancellationToken cancellationToken) =>
        session.Server.Endpoints.CommittedAsync(announcement, cancellationToken);

    /// <inheritdoc/>
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
            HasMore = true;
        }
        else
        {
            _current = new WeakReference<PeerList>(newest);
            HasMore = false;
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
