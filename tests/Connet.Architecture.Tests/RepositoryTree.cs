using System.Reflection;

namespace Connet.Architecture.Tests;

/// <summary>The checkout the tests were built from, without build outputs.</summary>
internal static class RepositoryTree
{
    private static readonly string[] s_notOurs =
        ["bin", "obj", "artifacts", "TestResults", "BenchmarkDotNet.Artifacts", "node_modules", ".git", ".peers", ".vs", ".idea"];

    public static string Root { get; } = typeof(RepositoryTree).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "RepositoryRoot").Value!;

    /// <summary>The path of a compiled project of src, copied beside this assembly by the build.</summary>
    public static string AssemblyPath(string project) => Path.Combine(AppContext.BaseDirectory, project + ".dll");

    /// <summary>The projects of src, by name.</summary>
    public static IReadOnlyList<string> SourceProjects { get; } =
        [.. Files("src").Where(path => path.EndsWith(".csproj", StringComparison.Ordinal)).Select(path => Path.GetFileNameWithoutExtension(path)).Order()];

    /// <summary>Paths relative to the root with forward slashes, of every file below one of <paramref name="folders"/>; of all without folders.</summary>
    public static IEnumerable<string> Files(params string[] folders) =>
        (folders.Length == 0 ? [Root] : folders.Select(folder => Path.Combine(Root, folder)).Where(Directory.Exists))
        .SelectMany(Walk)
        .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'));

    /// <summary>The C# files below <paramref name="folders"/> with their text.</summary>
    public static IEnumerable<SourceFile> Sources(params string[] folders) =>
        Files(folders).Where(path => path.EndsWith(".cs", StringComparison.Ordinal)).Select(path => new SourceFile(path, Read(path)));

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static IEnumerable<string> Walk(string folder) =>
        Directory.EnumerateFiles(folder).Concat(Directory.EnumerateDirectories(folder)
            .Where(child => !s_notOurs.Contains(Path.GetFileName(child), StringComparer.Ordinal) && new DirectoryInfo(child).LinkTarget is null)
            .SelectMany(Walk));
}
