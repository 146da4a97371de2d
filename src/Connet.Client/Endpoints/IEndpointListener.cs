using System.Net;

namespace Connet.Client.Endpoints;

/// <summary>A source that accepts at its address; disposal ends it.</summary>
public interface IEndpointListener : IAsyncDisposable
{
    /// <summary>Where it accepts, with the port that the system chose; null if that is no socket address.</summary>
    EndPoint? LocalEndPoint { get; }
}
