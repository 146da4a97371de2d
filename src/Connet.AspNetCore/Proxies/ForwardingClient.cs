namespace Connet.AspNetCore.Proxies;

/// <summary>
/// What sends forwarded requests: always the same, or what the certificates that were read last ask for. One that was replaced is not disposed of: its
/// requests go on, and its idle connections time out.
/// </summary>
/// <param name="current">What sends the next request.</param>
internal sealed class ForwardingClient(Func<HttpMessageInvoker> current) : IDisposable
{
    /// <summary>What sends the next request.</summary>
    public HttpMessageInvoker Current => current();

    public void Dispose() => Current.Dispose();
}
