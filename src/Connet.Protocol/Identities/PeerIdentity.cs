namespace Connet.Protocol.Identities;

/// <summary>
/// What one endpoint of a client shows to its peers and to relays, for as long as the client lives: a server and a client
/// certificate, signed by a root that is forgotten at once. Only the two leaves travel.
/// </summary>
/// <param name="Server">For connections that the client accepts; its key also signs the key exchange of relay encryption.</param>
/// <param name="Client">For connections that the client dials.</param>
/// <param name="Root">The root's certificate in DER. Nobody asks for it.</param>
internal sealed record PeerIdentity(GeneratedCertificate Server, GeneratedCertificate Client, ReadOnlyMemory<byte> Root);
