namespace Connet.Quic.Core.Tls;

/// <summary>What one call of a session produced, in the order in which it has to be carried out.</summary>
internal sealed class TlsOutputs
{
    public List<TlsOutput> Items { get; } = [];
}
