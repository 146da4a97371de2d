using Connet.Quic;
using Microsoft.Extensions.Logging;

namespace Connet.Client;

/// <summary>What the parts of a started client share.</summary>
/// <param name="Endpoint">The one socket.</param>
/// <param name="Options">The client's settings, validated.</param>
/// <param name="Logger">Where all parts log to.</param>
internal sealed record ClientContext(QuicEndpoint Endpoint, ConnetClientOptions Options, ILogger Logger)
{
    private volatile bool _overLoopback;

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; } = Options.Clock;

    /// <summary>Whether the control connection runs over loopback; kept from the last one while there is none.</summary>
    public bool ControlIsOverLoopback
    {
        get => _overLoopback;
        set => _overLoopback = value;
    }

    /// <summary>Whether loopback addresses are announced and dialled.</summary>
    public bool UsesLoopback => Options.AnnounceLoopback ?? ControlIsOverLoopback;
}
