using Connet.Protocol.Forwarding;

namespace Connet.Client.Endpoints;

/// <summary>The inner side of a carried connection. Disposal ends what is still open.</summary>
internal interface ITunnel : IDuplexChannel, IAsyncDisposable
{
    /// <summary>Ends both directions at once.</summary>
    void Abort(long code);
}
