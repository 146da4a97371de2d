namespace Connet.Client.Control;

/// <summary>An endpoint that a service collection's client has from the start; its settings are the options of its name.</summary>
/// <param name="Role">What the client is for it.</param>
/// <param name="Name">Its name.</param>
internal sealed record EndpointRegistration(ConnetRole Role, string Name);
