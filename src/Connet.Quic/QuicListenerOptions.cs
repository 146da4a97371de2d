namespace Connet.Quic;

/// <summary>What a listener accepts.</summary>
public sealed class QuicListenerOptions
{
    /// <summary>The application protocols (ALPN) accepted, the preferred one first. One protocol belongs to one listener of an endpoint.</summary>
    /// <value>Required.</value>
    public IReadOnlyList<string> ApplicationProtocols { get; set; } = [];

    /// <summary>How every client is answered; used where <see cref="ServerOptionsSelector"/> is null.</summary>
    public QuicServerConnectionOptions? ServerOptions { get; set; }

    /// <summary>
    /// Chooses how a client is answered, by the name that it asks for. Null refuses the handshake (unrecognized_name).
    /// Runs on a thread of the pool during the handshake: it must be thread safe and quick, and must not block.
    /// </summary>
    public Func<QuicClientHello, QuicServerConnectionOptions?>? ServerOptionsSelector { get; set; }

    /// <summary>How many established connections may wait to be accepted; those beyond are closed.</summary>
    /// <value>512 by default; at least 1.</value>
    public int ListenBacklog { get; set; } = 512;
}
