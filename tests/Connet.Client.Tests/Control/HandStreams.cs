using Connet.HandPeer;
using Connet.Protocol.Control;

namespace Connet.Client.Tests.Control;

/// <summary>The streams that a client opens for its endpoints, sorted: they come in any order.</summary>
internal sealed class HandStreams(HandConnection connection)
{
    private readonly List<(HandStream Stream, Request Request)> _waiting = [];

    /// <summary>The next stream that begins with an announcement.</summary>
    public Task<(HandStream Stream, Request.Types.Announce Announce)> NextAnnounceAsync(string? name = null) =>
        NextAsync(request => request.Announce is { } announce && (name is null || announce.Endpoint.Name == name) ? announce : null);

    /// <summary>The next stream that begins with a request for relays.</summary>
    public Task<(HandStream Stream, Request.Types.Relay Relay)> NextRelayAsync() => NextAsync(request => request.Relay);

    private async Task<(HandStream Stream, T Part)> NextAsync<T>(Func<Request, T?> part)
        where T : class
    {
        while (true)
        {
            for (int i = 0; i < _waiting.Count; i++)
            {
                (HandStream stream, Request request) = _waiting[i];
                if (part(request) is { } found)
                {
                    _waiting.RemoveAt(i);
                    return (stream, found);
                }
            }

            HandStream next = await connection.AcceptAsync();
            _waiting.Add((next, await next.ReceiveAsync(Request.Parser)));
        }
    }
}
