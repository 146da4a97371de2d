namespace Connet.EndToEnd.Tests;

/// <summary>The bounds of this project's waits, and the size of its transfers.</summary>
internal static class TestLimits
{
    /// <summary>How long a process may take to start and be ready on a machine with other work to do.</summary>
    public static readonly TimeSpan Start = TimeSpan.FromSeconds(30);

    /// <summary>The bound of a step that should take well under a second.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromSeconds(20);

    /// <summary>The bound of a bulk transfer.</summary>
    public static readonly TimeSpan Transfer = TimeSpan.FromSeconds(240);

    /// <summary>The size of the file that crosses the tunnel: CONNET_E2E_BYTES, else 1 GB where there is time and 64 MB elsewhere.</summary>
    public static long FileBytes { get; } =
        long.TryParse(Environment.GetEnvironmentVariable("CONNET_E2E_BYTES"), out long bytes) ? bytes
        : TestMachine.HasTime ? 1_000_000_000
        : 64_000_000;
}
