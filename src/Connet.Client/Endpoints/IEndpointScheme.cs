namespace Connet.Client.Endpoints;

/// <summary>
/// A way in which sources and destinations meet the world outside of Connet, named by the scheme of their address: <c>tcp</c> is
/// built in. Register another one in <see cref="ConnetClientOptions.Schemes"/>. Implementations are safe for use by several threads.
/// </summary>
public interface IEndpointScheme
{
    /// <summary>The scheme that addresses name, in lower case, as <c>tcp</c>.</summary>
    string Name { get; }

    /// <summary>What a destination of this scheme takes; a source of it dials for the same.</summary>
    ConnetTraffic Traffic => ConnetTraffic.Connections;

    /// <summary>Checks an address without touching anything: no look-up, no socket.</summary>
    /// <param name="address">An address of this scheme.</param>
    /// <param name="role">What it is for.</param>
    /// <returns>Null if it can be used; else one sentence that says what is wrong and what is allowed.</returns>
    string? Check(EndpointAddress address, ConnetRole role);

    /// <summary>
    /// Starts to accept at the address and to carry what was accepted to the source's destination. Completes when the address is
    /// taken; disposal gives it up, lets what is open finish within <see cref="EndpointContext.ShutdownTimeout"/>, and ends the rest.
    /// </summary>
    /// <param name="source">What to dial. It may have no path yet.</param>
    /// <param name="address">An address that <see cref="Check"/> accepted.</param>
    /// <param name="context">Limits, the clock, and where to log to.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    /// <returns>What is running.</returns>
    /// <exception cref="ConnetEndpointException">The address cannot be taken, for example because another program has it.</exception>
    ValueTask<IEndpointListener> StartSourceAsync(ConnetSource source, EndpointAddress address, EndpointContext context, CancellationToken cancellationToken);

    /// <summary>
    /// Starts to accept from the destination and to carry what was accepted to the service at the address, which is reached anew for
    /// each connection. Disposal accepts no more, lets what is open finish within <see cref="EndpointContext.ShutdownTimeout"/>, and ends the rest.
    /// </summary>
    /// <param name="destination">What to accept from.</param>
    /// <param name="address">An address that <see cref="Check"/> accepted.</param>
    /// <param name="context">Limits, the clock, and where to log to.</param>
    /// <returns>What is running.</returns>
    IAsyncDisposable StartDestination(ConnetDestination destination, EndpointAddress address, EndpointContext context);
}
