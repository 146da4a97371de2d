namespace Connet.Quic;

/// <summary>Which listener answers a handshake, and with which options; travels with the handshake.</summary>
internal sealed record ListenerSelection(QuicListener Listener, QuicServerConnectionOptions Options);
