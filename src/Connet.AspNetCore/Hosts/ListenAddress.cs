using System.Net;
using System.Net.Sockets;
using Connet.Client;
using Connet.Client.Endpoints;
using Microsoft.AspNetCore.Connections;

namespace Connet.AspNetCore.Hosts;

/// <summary>A socket address to listen at, as users write it.</summary>
/// <param name="Text">The address as it was given, for messages.</param>
/// <param name="Host">A name or a literal address without brackets; empty for all interfaces.</param>
/// <param name="Port">0 takes a free port.</param>
internal sealed record ListenAddress(string Text, string Host, int Port)
{
    /// <summary>Reads <c>host:port</c>, or <c>:port</c> for all interfaces.</summary>
    /// <param name="text">The address.</param>
    /// <param name="purpose">What it is for, for the message.</param>
    /// <exception cref="ConnetEndpointException">It is no address.</exception>
    public static ListenAddress Parse(string text, string purpose)
    {
        try
        {
            EndpointAddress parsed = EndpointAddress.Parse($"http://{text}");
            (string host, int port) = parsed.GetHostAndPort();
            if (parsed.Path.Length == 0 && UrlAddress.Check(parsed, ConnetRole.Source) is null)
            {
                return new ListenAddress(text, host, port);
            }
        }
        catch (FormatException)
        {
            // Said below.
        }

        throw new ConnetEndpointException($"'{text}' is no address {purpose}: write host:port, or :port.");
    }

    /// <summary>Looks the address up. Of a name's addresses the IPv4 one is taken: who connects by the name tries both.</summary>
    /// <exception cref="SocketException">There is no such name.</exception>
    public async ValueTask<IPEndPoint> ResolveAsync(CancellationToken cancellationToken)
    {
        if (Host.Length == 0)
        {
            return new IPEndPoint(Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, Port);
        }

        IPAddress[] addresses = IPAddress.TryParse(Host, out IPAddress? literal)
            ? [literal]
            : await Dns.GetHostAddressesAsync(Host, cancellationToken).ConfigureAwait(false);
        IPAddress? address = Array.Find(addresses, each => each.AddressFamily == AddressFamily.InterNetwork) ?? addresses.FirstOrDefault();
        return new IPEndPoint(address ?? throw new SocketException((int)SocketError.HostNotFound), Port);
    }

    /// <summary>The sentence for a failure to listen.</summary>
    /// <returns>Null if the failure is of another kind.</returns>
    public ConnetEndpointException? Explain(Exception failure)
    {
        for (Exception? each = failure; each is not null; each = each.InnerException)
        {
            if (each is AddressInUseException or SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse })
            {
                return new ConnetEndpointException($"Another program listens at {Text} already: choose another address, or end that program.", failure);
            }

            if (each is SocketException)
            {
                return new ConnetEndpointException($"Cannot listen at {Text}: {each.Message.TrimEnd('.')}.", failure);
            }
        }

        return null;
    }
}
