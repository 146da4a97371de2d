using Connet.Client;
using Connet.Control;
using Connet.Relay;
using Microsoft.Extensions.Configuration;

namespace Connet.Hosting;

/// <summary>
/// Configuration into options. A key that no property has is a mistake of whoever wrote it, and must not go unnoticed. The calls of
/// <c>Bind</c> name concrete types, for which the build generates the code.
/// </summary>
internal static class StrictBinding
{
    public static void Bind(IConfiguration section, ConnetServerOptions options) => section.Bind(options, Strict);

    public static void Bind(IConfiguration section, ControlServerOptions options) => section.Bind(options, Strict);

    public static void Bind(IConfiguration section, RelayServerOptions options) => section.Bind(options, Strict);

    public static void Bind(IConfiguration section, ConnetClientOptions options) => section.Bind(options, Strict);

    public static void Bind(IConfiguration section, ConnetSourceOptions options) => section.Bind(options, Strict);

    public static void Bind(IConfiguration section, ConnetDestinationOptions options) => section.Bind(options, Strict);

    /// <summary>A section as it would be without some of its subsections.</summary>
    public static IConfiguration Without(IConfiguration section, params string[] keys) =>
        new ConfigurationBuilder().AddInMemoryCollection(
            section.AsEnumerable(makePathsRelative: true).Where(pair => pair.Key.Length > 0 && !keys.Any(key => IsBelow(pair.Key, key)))).Build();

    private static void Strict(BinderOptions options) => options.ErrorOnUnknownConfiguration = true;

    private static bool IsBelow(string path, string key) =>
        path.StartsWith(key, StringComparison.OrdinalIgnoreCase)
        && (path.Length == key.Length || path[key.Length] == ConfigurationPath.KeyDelimiter[0]);
}
