namespace Connet.Quic.Tests.Simulation;

/// <summary>
/// Streams both ways over links that lose, reorder, repeat and damage datagrams: a thousand runs, each with conditions and
/// limits of its own; a tenth of them where nobody should wait. Set CONNET_FAULT_SEED to repeat one of them.
/// </summary>
[Parallelizable(ParallelScope.All)]
public sealed class TransferUnderFaultsTests
{
    private const string SeedVariable = "CONNET_FAULT_SEED";
    private const int SeedsPerCase = 50;

    [Test]
    public void Every_byte_arrives_and_nothing_is_left_behind([Range(0, 19)] int block)
    {
        if (int.TryParse(Environment.GetEnvironmentVariable(SeedVariable), out int only))
        {
            if (only / SeedsPerCase == block)
            {
                FaultRun.Run(only);
            }

            return;
        }

        for (int seed = block * SeedsPerCase; seed < (block * SeedsPerCase) + TestMachine.Rounds(full: SeedsPerCase, quick: SeedsPerCase / 10); seed++)
        {
            try
            {
                FaultRun.Run(seed);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException(
                    $"Seed {seed} failed. Again: {SeedVariable}={seed} dotnet test tests/Connet.Quic.Tests --filter {nameof(TransferUnderFaultsTests)}", failure);
            }
        }
    }
}
