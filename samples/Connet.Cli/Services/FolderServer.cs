using System.Net;
using Connet.Cli.Configuration;
using Connet.Cli.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Connet.Cli.Services;

/// <summary>Serves the folder of a destination's <c>file-server-root</c> over HTTP at its <c>addr</c>, beside what goes through the tunnel.</summary>
/// <param name="endpoint">The destination, with folder and address.</param>
/// <param name="logger">Where the address is logged.</param>
internal sealed class FolderServer(EndpointSettings endpoint, ILogger logger) : IHostedService, IAsyncDisposable
{
    private WebApplication? _application;

    /// <summary>Where it listens; null before it does.</summary>
    public string? Address { get; private set; }

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        IPEndPoint[] places = await PlacesAsync(endpoint.ServedAt!, cancellationToken);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            foreach (IPEndPoint place in places)
            {
                kestrel.Listen(place, options => options.Protocols = HttpProtocols.Http1);
            }
        });
        builder.Services.AddDirectoryBrowser();
        _application = builder.Build();
        string folder = Path.GetFullPath(endpoint.Folder!);
        _application.UseFileServer(new FileServerOptions
        {
            FileProvider = new PhysicalFileProvider(folder),
            EnableDirectoryBrowsing = true,
            StaticFileOptions = { ServeUnknownFileTypes = true, DefaultContentType = "application/octet-stream" },
        });
        try
        {
            await _application.StartAsync(cancellationToken);
        }
        catch (IOException exception)
        {
            throw new ConfigurationException($"{endpoint.AddressOrigin}: cannot listen at {endpoint.ServedAt}: {(exception.InnerException ?? exception).Message.TrimEnd('.')}");
        }

        Address = _application.Urls.First();
        CliLog.FolderServed(logger, $"destination {endpoint.Name}", folder, Address);
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_application is not null)
        {
            await _application.StopAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_application is not null)
        {
            await _application.DisposeAsync();
        }
    }

    private async ValueTask<IPEndPoint[]> PlacesAsync(string address, CancellationToken cancellationToken)
    {
        int colon = address.LastIndexOf(':');
        int port = ushort.Parse(address[(colon + 1)..], System.Globalization.CultureInfo.InvariantCulture);
        string host = address[..colon].Trim('[', ']');
        if (host.Length == 0)
        {
            return [new IPEndPoint(IPAddress.IPv6Any, port)];
        }

        try
        {
            IPAddress[] found = await Dns.GetHostAddressesAsync(host, cancellationToken);

            // One free port cannot be had twice.
            return [.. (port == 0 ? found[..1] : found).Select(each => new IPEndPoint(each, port))];
        }
        catch (System.Net.Sockets.SocketException exception)
        {
            throw new ConfigurationException($"{endpoint.AddressOrigin}: the host of {address} is not known: {exception.Message}");
        }
    }
}
