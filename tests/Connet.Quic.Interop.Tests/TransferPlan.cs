namespace Connet.Quic.Interop.Tests;

/// <summary>How many streams are opened at once, and what each carries there and back.</summary>
public sealed record TransferPlan(int Streams, int BytesPerStream)
{
    /// <summary>A handshake, two streams, some packets.</summary>
    public static TransferPlan Small { get; } = new(2, 50_000);

    /// <summary>How many datagrams are sent and come back, one after the other, when the streams are done (RFC 9221).</summary>
    public int Datagrams { get; init; }

    /// <summary>Some thousand packets.</summary>
    public static TransferPlan Medium { get; } = new(4, 1_000_000);

    /// <summary>In the midst of a <see cref="Medium"/> transfer: more than the handshake takes, fewer than the data does.</summary>
    public const int DatagramsBeforeRebind = 500;

    /// <summary>Flow control has to grow on the connection and on each stream, and packets get lost in full socket buffers.</summary>
    public static TransferPlan Large { get; } = new(20, 5_000_000);
}
