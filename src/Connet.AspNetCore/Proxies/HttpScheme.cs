using System.Net.Security;
using Connet.AspNetCore.Hosts;
using Connet.Client;
using Connet.Client.Endpoints;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Forwarder;

namespace Connet.AspNetCore.Proxies;

/// <summary>The schemes <c>http</c> and <c>https</c>: reverse proxies.</summary>
internal sealed class HttpScheme(string name) : IEndpointScheme
{
    /// <summary>What may stand in the header Host besides letters and digits (RFC 3986 section 3.2.2, without what servers refuse).</summary>
    private const string HostMarks = "-._";

    public string Name => name;

    public bool CarriesBytes => false;

    public string? Check(EndpointAddress address, ConnetRole role) => UrlAddress.Check(address, role);

    public async ValueTask<IEndpointListener> StartSourceAsync(
        ConnetSource source, EndpointAddress address, EndpointContext context, CancellationToken cancellationToken)
    {
        EndpointFile<SslServerAuthenticationOptions>? tls = UrlAddress.IsTls(address) ? context.Files.Read(context.Tls.ToServerOptions) : null;
        (string host, int port) = UrlAddress.GetHostAndPort(address);
        HttpMessageInvoker client = ForwardingClients.Of(source, context.MaxConnections);
        Forwarding forwarding = new()
        {
            Name = source.Name,
            Target = new ForwardTarget("http", "connet", 80, address.Path),
            Client = new ForwardingClient(() => client),
            Subject = $"The destination '{source.Name}'",
            Address = "the destination",
            Host = HostOf(source.Name),
            IsEdge = true,
        };
        return await EndpointHost.ListenAsync(
            source.Name, new ListenAddress(address.Text, host, port), Setup(forwarding, tls, context), context, cancellationToken).ConfigureAwait(false);
    }

    public IAsyncDisposable StartDestination(ConnetDestination destination, EndpointAddress address, EndpointContext context)
    {
        (string host, int port) = UrlAddress.GetHostAndPort(address);
        Func<HttpMessageInvoker> client;
        if (UrlAddress.IsTls(address))
        {
            EndpointFile<HttpMessageInvoker> made =
                context.Files.Read(() => ForwardingClients.OfService(context.DialTimeout, context.Tls.ToClientOptions(host), context.MaxConnections));
            client = () => made.Current;
        }
        else
        {
            HttpMessageInvoker made = ForwardingClients.OfService(context.DialTimeout, null, context.MaxConnections);
            client = () => made;
        }

        Forwarding forwarding = new()
        {
            Name = destination.Name,
            Target = new ForwardTarget(name, host, port, address.Path),
            Client = new ForwardingClient(client),
            Subject = $"The service of '{destination.Name}'",
            Address = address.Text,
        };
        return EndpointHost.Serve(destination, Setup(forwarding, tls: null, context), context);
    }

    /// <summary>The endpoint's name as a host; what no host can have in it becomes a hyphen.</summary>
    internal static string HostOf(string endpoint) => string.Create(endpoint.Length, endpoint, static (span, source) =>
    {
        for (int i = 0; i < span.Length; i++)
        {
            span[i] = char.IsAsciiLetterOrDigit(source[i]) || HostMarks.Contains(source[i], StringComparison.Ordinal) ? source[i] : '-';
        }
    });

    private static EndpointHostSetup Setup(Forwarding forwarding, EndpointFile<SslServerAuthenticationOptions>? tls, EndpointContext context) => new()
    {
        Services = static services => services.AddHttpForwarder(),
        Pipeline = app =>
            app.Run(new ForwardingHandler(forwarding, app.ApplicationServices.GetRequiredService<IHttpForwarder>(), context.Logger).InvokeAsync),
        Protocols = tls is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2,
        Tls = tls,
        Owned = forwarding.Client,
    };
}
