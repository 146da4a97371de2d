using Connet.Client;

namespace Connet.AspNetCore;

/// <summary>The Connet connection that a request came over: a feature of the requests and connections of an application behind a destination.</summary>
public interface IConnetConnectionFeature
{
    /// <summary>How the bytes travel.</summary>
    ConnetPathKind PathKind { get; }

    /// <summary>Whether the bytes are readable to nobody but the two clients.</summary>
    bool IsEncrypted { get; }

    /// <summary>The source's client, as the control server names it; null where it is not known.</summary>
    string? PeerId { get; }

    /// <summary>The smoothed round-trip time to the source's client, or to the relay.</summary>
    TimeSpan RoundTripTime { get; }
}
