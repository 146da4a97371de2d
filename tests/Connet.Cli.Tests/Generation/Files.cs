namespace Connet.Cli.Tests.Generation;

/// <summary>What generated files must be like.</summary>
internal static class Files
{
    public static void ExpectOwnerOnly(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(File.GetUnixFileMode(path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
    }
}
