using System.Net;
using System.Net.Sockets;
using Connet.Client;

namespace Connet.AspNetCore;

/// <summary>
/// What Kestrel listens at to serve the connections of a destination. Where the destination's transport is registered
/// (<see cref="ConnetWebHostBuilderExtensions"/> does), <c>KestrelServerOptions.Listen</c> takes it.
/// </summary>
public sealed class ConnetDestinationEndPoint : EndPoint
{
    /// <summary>Creates the end point.</summary>
    /// <param name="destination">The destination; it has no address of its own, and nobody else accepts from it.</param>
    public ConnetDestinationEndPoint(ConnetDestination destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        Destination = destination;
    }

    /// <summary>The destination.</summary>
    public ConnetDestination Destination { get; }

    /// <summary>How many of its connections may be open at once; further ones wait to be accepted.</summary>
    /// <value>4,096 by default; at least 1.</value>
    public int MaxConnections { get; init; } = 4096;

    /// <inheritdoc/>
    public override AddressFamily AddressFamily => AddressFamily.Unspecified;

    /// <summary>The destination's name.</summary>
    public override string ToString() => Destination.Name;
}
