namespace Connet.Quic.Io;

/// <summary>Which implementation of <see cref="IDatagramSocket"/> to use.</summary>
internal enum DatagramSocketMode
{
    /// <summary>The fastest one the system supports.</summary>
    Auto,

    /// <summary>The one over System.Net.Sockets, on every system.</summary>
    Portable,
}
