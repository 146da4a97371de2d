namespace Connet.Control;

/// <summary>An endpoint that a client announces.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Role">What the client is for it.</param>
/// <param name="DirectAddresses">How many addresses its peers may dial.</param>
/// <param name="Relays">The ids of the relays where its peers may meet it.</param>
public sealed record ControlEndpointStatus(string Name, ControlEndpointRole Role, int DirectAddresses, IReadOnlyList<string> Relays);
