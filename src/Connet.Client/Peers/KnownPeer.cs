namespace Connet.Client.Peers;

internal sealed class KnownPeer
{
}
