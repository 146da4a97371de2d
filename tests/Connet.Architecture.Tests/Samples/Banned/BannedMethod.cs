namespace Connet.Architecture.Tests.Samples.Banned;

internal static class BannedMethod
{
    public static Guid Run() => Guid.NewGuid();
}
