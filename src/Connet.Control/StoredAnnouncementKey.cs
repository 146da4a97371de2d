namespace Connet.Control;

/// <summary>Which of the stored announcements.</summary>
/// <param name="ClientId">The client's peer id.</param>
/// <param name="Endpoint">The endpoint's name.</param>
/// <param name="Role">What the client is for the endpoint.</param>
public readonly record struct StoredAnnouncementKey(string ClientId, string Endpoint, ControlEndpointRole Role)
{
    /// <summary>Names the client and the endpoint.</summary>
    public override string ToString() => $"'{Endpoint}' as {Role} by {ClientId}";
}
