using Connet.Protocol.Common;

namespace Connet.Control.Clients;

/// <summary>The announcements of one endpoint in one role.</summary>
internal readonly record struct EndpointKey(string Name, Role Role)
{
    /// <summary>Those that the announcers of this one are told about.</summary>
    public EndpointKey Opposite => new(Name, Role == Role.Source ? Role.Destination : Role.Source);
}
