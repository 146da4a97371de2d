namespace Connet.Architecture.Tests.Samples.Banned;

internal static class BannedLocal
{
    public static long Run()
    {
        System.Diagnostics.Stopwatch watch = new();
        watch.Start();
        return watch.ElapsedTicks;
    }
}
