namespace Connet.Client;

/// <summary>What went over a <see cref="ConnetDatagramFlow"/> until now, as this side knows it. What gets lost on the way is counted nowhere.</summary>
/// <param name="Sent">Datagrams that were taken to be sent.</param>
/// <param name="SendsDropped">Datagrams that were not taken, because the path was behind or the flow had ended.</param>
/// <param name="Received">Datagrams that arrived and were kept.</param>
/// <param name="ReceivesDropped">Datagrams that arrived while too many waited to be read.</param>
public readonly record struct ConnetDatagramStatistics(long Sent, long SendsDropped, long Received, long ReceivesDropped);
