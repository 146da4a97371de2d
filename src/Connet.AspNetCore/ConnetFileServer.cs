using System.Net;
using Connet.AspNetCore.Files;
using Connet.AspNetCore.Hosts;
using Connet.Client;
using Connet.Client.Endpoints;

namespace Connet.AspNetCore;

/// <summary>
/// Serves a folder over HTTP at a socket address, as the scheme <c>file</c> does over a destination: to read only, with lists of folders, ranges and
/// conditions, and nothing outside of the folder. All members are thread safe.
/// </summary>
public sealed class ConnetFileServer : IAsyncDisposable
{
    private readonly EndpointHost _host;

    private ConnetFileServer(EndpointHost host) => _host = host;

    /// <summary>Where it listens, with the port that the system chose.</summary>
    public EndPoint LocalEndPoint => _host.LocalEndPoint!;

    /// <summary>Starts to serve.</summary>
    /// <param name="folder">The folder; relative to the current one.</param>
    /// <param name="address">Where to listen: <c>host:port</c>, or <c>:port</c> for all interfaces; port 0 takes a free port.</param>
    /// <param name="context">Limits, the clock, and where to log to; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What is running; dispose it.</returns>
    /// <exception cref="ConnetEndpointException">There is no such folder, or the address cannot be taken; the message is one sentence.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async ValueTask<ConnetFileServer> StartAsync(
        string folder, string address, EndpointContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(address);
        EndpointContext used = context ?? new EndpointContext();
        ListenAddress listen = ListenAddress.Parse(address, "to serve a folder at");
        EndpointHostSetup setup = FileScheme.Setup(address, folder, used);
        return new ConnetFileServer(await EndpointHost.ListenAsync(address, listen, setup, used, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Accepts no more, lets what is open finish within <see cref="EndpointContext.ShutdownTimeout"/>, and ends the rest.</summary>
    /// <returns>A task that completes when the address is free.</returns>
    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
