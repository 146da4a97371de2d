using System.Reflection;

namespace Connet.Protocol;

/// <summary>What this build calls itself towards others.</summary>
internal static class BuildVersion
{
    /// <summary>The version of the package, with the commit that it was built from where that is known.</summary>
    public static string Current { get; } =
        typeof(BuildVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
}
