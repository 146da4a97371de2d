namespace Connet.Benchmarks.Commands;

/// <summary>What a transfer may cost.</summary>
/// <param name="Seconds">How long it runs.</param>
/// <param name="BytesPerPacket">Bytes allocated for each packet sent or received, on either side, in the second half of the run.</param>
internal sealed record TransferBudget(double Seconds, double BytesPerPacket);
