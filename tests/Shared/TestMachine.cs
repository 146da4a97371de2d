namespace Connet.Tests.Shared;

/// <summary>What the machine that runs the tests has time for. Compiled into every test project.</summary>
internal static class TestMachine
{
    /// <summary>True with CI=true: every program that a test needs has been installed, and a missing one is a failure.</summary>
    public static bool IsBuildMachine { get; } = string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>True on the build machine, and where CONNET_LONG_TESTS=1 asks for it: tests run at their full length.</summary>
    public static bool HasTime { get; } = IsBuildMachine || Environment.GetEnvironmentVariable("CONNET_LONG_TESTS") == "1";

    /// <summary>Leaves out a variant of a test where nobody should wait for it.</summary>
    public static void RequireTime()
    {
        if (!HasTime)
        {
            Assert.Ignore("A variant that takes seconds: set CONNET_LONG_TESTS=1 to run it.");
        }
    }

    /// <summary>How often to repeat what is random: the first <paramref name="quick"/> of the <paramref name="full"/> rounds where nobody should wait.</summary>
    public static int Rounds(int full, int quick) => HasTime ? full : quick;
}
