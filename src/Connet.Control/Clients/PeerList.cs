using Connet.Control.Sessions;
using Connet.Protocol;
using Connet.Protocol.Control;
using Google.Protobuf;

namespace Connet.Control.Clients;

/// <summary>All peers that announce an endpoint in one role, at one instant. Immutable, and shared by all streams that are told it.</summary>
internal sealed class PeerList(PeerEntry[] entries)
{
    private readonly byte[]?[] _frames = new byte[]?[2];
    private Dictionary<string, string>? _certificates;

    /// <summary>The peers.</summary>
    public IReadOnlyList<PeerEntry> Entries => entries;

    /// <summary>The certificates of each peer by its id. What a stream remembers of a list that it has sent.</summary>
    public IReadOnlyDictionary<string, string> Certificates =>
        _certificates ??= entries.ToDictionary(entry => entry.Id, entry => entry.Certificates, StringComparer.Ordinal);

    /// <summary>The list without the peers whose certificates differ from those in a list sent before.</summary>
    /// <returns>Null if there are no such peers.</returns>
    public PeerList? WithoutReplaced(IReadOnlyDictionary<string, string> sent)
    {
        bool IsReplaced(PeerEntry entry) => sent.TryGetValue(entry.Id, out string? certificates) && certificates != entry.Certificates;
        return Array.Exists(entries, IsReplaced) ? new PeerList(Array.FindAll(entries, entry => !IsReplaced(entry))) : null;
    }

    /// <summary>The framed response. Computed once for each generation.</summary>
    public byte[] ToFrame(ProtocolGeneration generation, out int left)
    {
        left = 0;
        ref byte[]? frame = ref _frames[generation - ProtocolGeneration.First];
        if (Volatile.Read(ref frame) is { } known)
        {
            return known;
        }

        ByteString[] items = Array.ConvertAll(entries, entry => entry.Encoded);
        byte[] made = ListFrame.Encode(Response.AnnounceFieldNumber, Response.Types.Announce.PeersFieldNumber, items, generation, out left);
        return Interlocked.CompareExchange(ref frame, made, null) ?? made;
    }
}
