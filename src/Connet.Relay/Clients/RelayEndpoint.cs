using System.Collections.Immutable;
using Connet.Protocol.Common;
using Connet.Protocol.Timing;

namespace Connet.Relay.Clients;

/// <summary>The admitted connections of one endpoint. Changed under the directory's lock, read without it.</summary>
internal sealed class RelayEndpoint(string name)
{
    private readonly ChangeSignal _changed = new();

    public string Name => name;

    public ImmutableArray<RelayMember> Members { get; private set; } = [];

    /// <summary>The connections that may be chosen for a stream.</summary>
    public ImmutableArray<RelayMember> Destinations { get; private set; } = [];

    /// <summary>Completes at the next change. To miss none, take it before looking at <see cref="Destinations"/>.</summary>
    public Task Changed => _changed.Next;

    public void Set(ImmutableArray<RelayMember> members)
    {
        Members = members;
        Destinations = [.. members.Where(member => member.Role == Role.Destination)];
        _changed.Raise();
    }
}
