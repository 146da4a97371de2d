using System.Diagnostics;

namespace Connet.EndToEnd.Tests.Processes;

/// <summary>A process that was killed and started again.</summary>
internal static class Restarted
{
    /// <summary>What a start may cost on a machine that runs other tests: all code is compiled for the first time.</summary>
    private static readonly TimeSpan s_compilation = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Checks that something was reached in time after a restart: within the limit of when the process is up, and soon enough after it began its
    /// work, before it has bound a socket, joined or authenticated, that none of these waited for a timeout.
    /// </summary>
    /// <param name="restarted">The process.</param>
    /// <param name="reached">When it was reached, by <see cref="Stopwatch.GetTimestamp"/>.</param>
    /// <param name="readyLine">What it says when it is up.</param>
    /// <param name="limit">The limit.</param>
    /// <param name="what">What was reached.</param>
    public static async Task AssertReachedWithinAsync(ProgramProcess restarted, long reached, string readyLine, TimeSpan limit, string what)
    {
        DateTimeOffset reachedAt = DateTimeOffset.UtcNow - Stopwatch.GetElapsedTime(reached);
        DateTimeOffset ready = (await restarted.WaitForLineAsync(readyLine, TestLimits.Start)).LoggedAt;
        DateTimeOffset starting = (await restarted.WaitForLineAsync(ConnetLog.Starting, TestLimits.Start)).LoggedAt;
        await TestContext.Out.WriteLineAsync(
            $"{what}: {(reachedAt - starting).TotalSeconds:F2} s after it began to start, {(reachedAt - ready).TotalSeconds:F2} s after it was ready");
        Assert.That(reachedAt - ready, Is.LessThan(limit), $"{what}, since it was ready");
        Assert.That(reachedAt - starting, Is.LessThan(limit + s_compilation), $"{what}, since it began to start");
    }
}
