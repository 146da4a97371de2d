using System.Collections.Concurrent;
using Connet.Control.Auth;
using Connet.Control.Clients;
using Connet.Control.Relays;
using Connet.Control.Stores;
using Microsoft.Extensions.Logging;

namespace Connet.Control.Sessions;

/// <summary>What all sessions of one server share.</summary>
internal sealed class ServerContext
{
    private long _sequence;
    private AccessRules _rules = null!;

    public required ControlServerLimits Limits { get; init; }

    public required TimeProvider Clock { get; init; }

    public required ILogger Logger { get; init; }

    public required ControlState State { get; init; }

    /// <summary>
    /// Who may do what. A session that is being made compares, once it is known, the rules that it was judged by with those that hold
    /// then: it is not missed by a change of the rules.
    /// </summary>
    public required AccessRules Rules
    {
        get => Volatile.Read(ref _rules);
        set => Interlocked.Exchange(ref _rules, value);
    }

    public required EndpointDirectory Endpoints { get; init; }

    public required RelayDirectory Relays { get; init; }

    public ClientRegistry Clients { get; } = new();

    /// <summary>The authenticated connections of relays.</summary>
    public ConcurrentDictionary<RelaySession, byte> RelaySessions { get; } = new();

    /// <summary>Orders sessions and announcements: the larger, the newer.</summary>
    public long NextSequence() => Interlocked.Increment(ref _sequence);

    /// <summary>Cuts what a peer says about itself: it is repeated to others and shown to operators.</summary>
    public string CutMetadata(string metadata)
    {
        if (metadata.Length <= Limits.MaxMetadataLength)
        {
            return metadata;
        }

        // Not between the two halves of one character.
        int end = char.IsHighSurrogate(metadata[Limits.MaxMetadataLength - 1]) ? Limits.MaxMetadataLength - 1 : Limits.MaxMetadataLength;
        return metadata[..end];
    }
}
