namespace Connet.Benchmarks;

/// <summary>What the bytes travel over.</summary>
internal enum TransportKind
{
    /// <summary>Connet.Quic: one connection, many streams.</summary>
    Quic,

    /// <summary>Plain TCP sockets, a connection for each stream: what everything is compared with.</summary>
    Tcp,
}
