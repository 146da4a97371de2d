namespace Connet.Quic.Interop.Tests.Peers;

/// <summary>Where the peers' sources and installed programs lie.</summary>
internal static class PeerPaths
{
    public static string Repository { get; } = FindRepository();

    /// <summary>The programs' sources, from which eng/install-peers.sh fills <see cref="Installed"/>.</summary>
    public static string Sources => Path.Combine(Repository, "eng", "peers");

    public static string Installed => Path.Combine(Repository, ".peers");

    /// <summary>Written last by eng/install-peers.sh, with the versions.</summary>
    public static string ReadyMark => Path.Combine(Installed, "ready");

    private static string FindRepository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Connet.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds Connet.sln.");
    }
}
