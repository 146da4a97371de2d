using Connet.Protocol.Forwarding;
using Connet.Quic;

namespace Connet.Relay.Forwarding;

/// <summary>A source's stream and a destination's, joined until both directions have ended.</summary>
internal static class JoinedStreams
{
    /// <summary>Forwards bytes, ends and resets of each to the other.</summary>
    public static async Task RunAsync(QuicStream source, QuicStream destination, ForwardingCounters counters)
    {
        StreamChannel first = new(source, counters);
        StreamChannel second = new(destination, counters);
        _ = PassOnAsync(first, second);
        _ = PassOnAsync(second, first);
        await DuplexForwarder.RunAsync(first, second, 0, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>
    /// The forwarder sees that a direction was broken off when it next reads or writes there. That may be never: a sender that is idle does not
    /// learn that nobody listens, a writer that is held back does not learn that its sender is gone. So both are passed on as they come.
    /// </summary>
    private static async Task PassOnAsync(StreamChannel from, StreamChannel to)
    {
        Task<long?> broken = await Task.WhenAny(from.ReadsBrokenAsync(), to.WritesBrokenAsync()).ConfigureAwait(false);
        if (await broken.ConfigureAwait(false) is { } code)
        {
            to.AbortWrites(code);
            from.AbortReads(code);
        }
    }
}
