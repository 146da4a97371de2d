namespace Connet.Quic.Interop.Tests.Peers;

/// <summary>
/// Decides what happens to a test whose peers are not installed: on a developer's machine it is ignored with the command that installs
/// them; with CI=true it fails, because there a skipped matrix would look like a passed one.
/// </summary>
internal static class PeerAvailability
{
    private const string InstallCommand = "run eng/install-peers.sh";

    public static void Require()
    {
        string? reason = MissingReason();
        if (reason is null)
        {
            return;
        }

        if (TestMachine.IsBuildMachine)
        {
            Assert.Fail(reason);
        }

        Assert.Ignore(reason);
    }

    private static string? MissingReason()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "The QUIC peers are installed by a script for Debian only.";
        }

        if (!File.Exists(PeerPaths.ReadyMark))
        {
            return $"The QUIC peers are not installed: {InstallCommand}.";
        }

        DateTime installed = File.GetLastWriteTimeUtc(PeerPaths.ReadyMark);
        string? newer = Directory.EnumerateFiles(PeerPaths.Sources, "*", SearchOption.AllDirectories)
            .FirstOrDefault(file => !file.EndsWith(".md", StringComparison.Ordinal) && File.GetLastWriteTimeUtc(file) > installed);
        return newer is null
            ? null
            : $"{Path.GetRelativePath(PeerPaths.Repository, newer)} is newer than the installed QUIC peers: {InstallCommand}.";
    }
}
