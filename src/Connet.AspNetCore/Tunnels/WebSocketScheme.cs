using System.Net.Security;
using Connet.AspNetCore.Hosts;
using Connet.Client;
using Connet.Client.Endpoints;
using Microsoft.AspNetCore.Builder;

namespace Connet.AspNetCore.Tunnels;

/// <summary>The schemes <c>ws</c> and <c>wss</c>: WebSockets as byte streams.</summary>
internal sealed class WebSocketScheme(string name) : IEndpointScheme
{
    public string Name => name;

    public string? Check(EndpointAddress address, ConnetRole role) => role == ConnetRole.Source
        ? UrlAddress.Check(address, role)
        : $"The scheme {name} is for sources, which take WebSockets in: for a destination use tcp://host:port, or http://host:port, through which WebSockets pass.";

    public async ValueTask<IEndpointListener> StartSourceAsync(
        ConnetSource source, EndpointAddress address, EndpointContext context, CancellationToken cancellationToken)
    {
        EndpointFile<SslServerAuthenticationOptions>? tls = UrlAddress.IsTls(address) ? context.Files.Read(context.Tls.ToServerOptions) : null;
        (string host, int port) = UrlAddress.GetHostAndPort(address);
        WebSocketHandler handler = new(source, address.Path.Length == 0 ? "/" : Uri.UnescapeDataString(address.Path), context);
        EndpointHostSetup setup = new()
        {
            Tls = tls,
            Pipeline = app =>
            {
                app.UseWebSockets();
                app.Run(handler.InvokeAsync);
            },
        };
        return await EndpointHost.ListenAsync(source.Name, new ListenAddress(address.Text, host, port), setup, context, cancellationToken).ConfigureAwait(false);
    }

    public IAsyncDisposable StartDestination(ConnetDestination destination, EndpointAddress address, EndpointContext context) =>
        throw new ConnetEndpointException(Check(address, ConnetRole.Destination)!);
}
