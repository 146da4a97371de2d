namespace Connet.Quic.Core;

/// <summary>What a server decided when it had seen the ClientHello; travels with the TLS selection as its state.</summary>
internal sealed class ServerAcceptance
{
    /// <summary>The limits of this connection.</summary>
    public ConnectionConfig Config { get; init; } = new();

    /// <summary>For the layers above: the listener that gets the connection.</summary>
    public object? State { get; init; }
}
