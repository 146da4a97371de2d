using System.Net;

namespace Connet.Client;

/// <summary>
/// What a dial is for. A destination may ask for the address of the user behind the connection (<see cref="ConnetDestinationOptions.ProxyProtocol"/>); the
/// source then sends it as the first bytes.
/// </summary>
public sealed class ConnetDialOptions
{
    /// <summary>The address of the user whom the connection is for.</summary>
    /// <value>
    /// Null by default: nobody but this program itself. Anything but an <see cref="IPEndPoint"/>, as the address of a Unix socket, counts as unknown.
    /// </value>
    public EndPoint? UserEndPoint { get; set; }

    /// <summary>The address at which the user was accepted.</summary>
    /// <value>Null by default, which is sent as the unspecified address and port 0 where the user is known.</value>
    public EndPoint? ListenerEndPoint { get; set; }
}
