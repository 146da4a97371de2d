using System.Runtime.InteropServices;
using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core;

/// <summary>What an endpoint remembers of each connection, by handle and by the peer's address.</summary>
internal sealed class HandleTable
{
    private readonly Dictionary<int, HandleEntry> _entries = [];
    private readonly Dictionary<NetworkAddress, List<int>> _byRemote = [];
    private int _next;

    public int Count => _entries.Count;

    public HandleEntry this[int handle] => _entries[handle];

    public bool Contains(int handle) => _entries.ContainsKey(handle);

    public int Add(in NetworkAddress remote)
    {
        int handle = _next++;
        _entries.Add(handle, new HandleEntry(remote));
        Index(handle, remote);
        return handle;
    }

    public void Remove(int handle)
    {
        if (_entries.Remove(handle, out HandleEntry? entry))
        {
            Unindex(handle, entry.Remote);
        }
    }

    public void Move(int handle, in NetworkAddress remote)
    {
        if (_entries.TryGetValue(handle, out HandleEntry? entry) && entry.Remote != remote)
        {
            Unindex(handle, entry.Remote);
            entry.Remote = remote;
            Index(handle, remote);
        }
    }

    public ReadOnlySpan<int> WithRemote(in NetworkAddress remote) =>
        _byRemote.TryGetValue(remote, out List<int>? handles) ? CollectionsMarshal.AsSpan(handles) : default;

    private void Index(int handle, in NetworkAddress remote)
    {
        if (!_byRemote.TryGetValue(remote, out List<int>? handles))
        {
            _byRemote.Add(remote, handles = []);
        }

        handles.Add(handle);
    }

    private void Unindex(int handle, in NetworkAddress remote)
    {
        if (_byRemote.TryGetValue(remote, out List<int>? handles) && handles.Remove(handle) && handles.Count == 0)
        {
            _byRemote.Remove(remote);
        }
    }
}
