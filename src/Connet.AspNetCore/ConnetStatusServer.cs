using System.Net;
using Connet.AspNetCore.Hosts;
using Connet.AspNetCore.Status;
using Connet.Client;
using Connet.Client.Endpoints;
using Connet.Protocol;

namespace Connet.AspNetCore;

/// <summary>
/// Serves the status of clients and servers as JSON over HTTP at a socket address, for programs that are no ASP.NET Core applications; those have
/// <see cref="ConnetStatusEndpointRouteBuilderExtensions.MapConnetStatus"/>. <c>GET</c> and <c>HEAD</c> of <c>/</c> and <c>/status.json</c> are answered. All
/// members are thread safe.
/// </summary>
/// <remarks>
/// Nobody is asked who they are: bind it to loopback, or to a network whose users may see what the status tells, which is no token and no key, but
/// names and addresses. Over loopback only requests to a literal address, to <c>localhost</c> or to the host of the address are answered, so that no web page
/// that makes a name of its own lead to this machine reads the status with the browser of a user here. Nothing permits other web pages to read answers.
/// </remarks>
public sealed class ConnetStatusServer : IAsyncDisposable
{
    private readonly EndpointHost _host;

    private ConnetStatusServer(EndpointHost host) => _host = host;

    /// <summary>Where it listens, with the port that the system chose.</summary>
    public EndPoint LocalEndPoint => _host.LocalEndPoint!;

    /// <summary>Starts to serve.</summary>
    /// <param name="address">Where to listen: <c>host:port</c>, or <c>:port</c> for all interfaces; port 0 takes a free port.</param>
    /// <param name="sources">Whose status is served: of one its object, of several a list of them. They are not disposed of.</param>
    /// <param name="context">Limits, the clock, and where to log to; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What is running; dispose it.</returns>
    /// <exception cref="ArgumentException">There is no source.</exception>
    /// <exception cref="ConnetEndpointException">The address cannot be taken; the message is one sentence.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async ValueTask<ConnetStatusServer> StartAsync(
        string address, IEnumerable<IConnetStatusSource> sources, EndpointContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(sources);
        IConnetStatusSource[] all = [.. sources];
        if (all.Length == 0)
        {
            throw new ArgumentException("There is nothing whose status could be served.", nameof(sources));
        }

        ListenAddress listen = ListenAddress.Parse(address, "to serve a status at");
        EndpointHostSetup setup = new() { Pipeline = new StatusHandler(all, listen.Host).Use };
        return new ConnetStatusServer(await EndpointHost.ListenAsync(address, listen, setup, context ?? new EndpointContext(), cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Accepts no more, lets open requests finish within <see cref="EndpointContext.ShutdownTimeout"/>, and ends the rest.</summary>
    /// <returns>A task that completes when the address is free.</returns>
    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
