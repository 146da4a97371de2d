using Connet.Client;
using Connet.Client.Endpoints;

namespace Connet.AspNetCore.Hosts;

/// <summary>Addresses of the form <c>scheme://host:port/path</c>.</summary>
internal static class UrlAddress
{
    private const int PlainPort = 80;
    private const int TlsPort = 443;

    /// <summary>Whether the scheme is spoken over TLS.</summary>
    public static bool IsTls(EndpointAddress address) => address.Scheme is "https" or "wss";

    /// <summary>Host and port; the port is that of the scheme where none is given.</summary>
    /// <exception cref="FormatException">There is no host and port; the message is a sentence that names the address.</exception>
    public static (string Host, int Port) GetHostAndPort(EndpointAddress address) => address.GetHostAndPort(IsTls(address) ? TlsPort : PlainPort);

    /// <summary>Checks an address.</summary>
    /// <returns>Null if it can be used; else one sentence.</returns>
    public static string? Check(EndpointAddress address, ConnetRole role)
    {
        string form = $"{address.Scheme}://host:port/path";
        if (address.Authority.Contains('@', StringComparison.Ordinal))
        {
            // Without the address: a password may be in it.
            return $"An address of the scheme {address.Scheme} has a user name or password, which it must not have: write {form}.";
        }

        if (address.Authority.Length == 0)
        {
            return $"'{address}' names no host: write {form}.";
        }

        if (address.Text.AsSpan().IndexOfAny('?', '#') >= 0)
        {
            return $"'{address}' has a query or a fragment, which it must not have: write {form}.";
        }

        try
        {
            (string host, int port) = GetHostAndPort(address);
            return role == ConnetRole.Source ? null
                : host.Length == 0 ? $"'{address}' names no host to connect to: write {form}."
                : port == 0 ? $"'{address}' names no port to connect to: write {form} with a port from 1 to 65535."
                : Uri.CheckHostName(host) == UriHostNameType.Unknown ? $"'{address}' names a host that cannot be one: write {form}."
                : null;
        }
        catch (FormatException exception)
        {
            return exception.Message;
        }
    }
}
