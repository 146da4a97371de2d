namespace Connet.EndToEnd.Tests.Processes;

/// <summary>
/// What a test needs besides .NET. On a developer's machine a test that lacks something is ignored and says what; with CI=true it fails,
/// because there a skipped test would look like a passed one.
/// </summary>
internal static class Programs
{
    private const string Install = "run eng/install-system.sh";
    private static readonly string[] s_folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), "/usr/sbin", "/sbin"];

    /// <summary>The `dotnet` that runs these tests.</summary>
    public static string DotNet { get; } =
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath!
        : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    /// <summary>The command under test, as built with the tests.</summary>
    public static string Connet { get; } = Path.Combine(AppContext.BaseDirectory, "connet.dll");

    public static void Require(params string[] programs)
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("The end-to-end tests run on Linux.");
        }

        string[] missing = [.. programs.Where(program => !s_folders.Any(folder => File.Exists(Path.Combine(folder, program))))];
        if (missing.Length > 0)
        {
            Miss($"{string.Join(", ", missing)} not found: {Install}.");
        }
    }

    /// <summary>Network namespaces with NATs between them.</summary>
    public static void RequireNatLab()
    {
        Require("bash", "ip", "nft", "conntrack", "python3", "sysctl", "awk", "xargs", "setsid");
        if (!Environment.IsPrivilegedProcess)
        {
            Miss("Network namespaces need root.");
        }
    }

    private static void Miss(string reason)
    {
        if (TestMachine.IsBuildMachine)
        {
            Assert.Fail(reason);
        }

        Assert.Ignore(reason);
    }
}
