namespace Connet.Architecture.Tests.Samples.Banned;

internal static class BannedProperty
{
    public static long Run() => Environment.TickCount64;
}
