using Connet.Architecture.Tests.Rules;

namespace Connet.Architecture.Tests;

/// <summary>No file says where packages come from.</summary>
public sealed class RepositoryTextTests
{
    private const int LargestText = 4 << 20;

    [Test]
    public void No_file_names_a_package_registry()
    {
        (string Path, string Text)[] files =
        [
            .. RepositoryTree.Files()
                .Where(path => new FileInfo(Path.Combine(RepositoryTree.Root, path)).Length < LargestText)
                .Select(path => (path, RepositoryTree.Read(path))),
        ];
        Assert.That(files.Select(file => file.Path), Does.Contain("nuget.config"));
        Assert.That(files.SelectMany(file => TextRules.RegistryHosts(file.Path, file.Text)), Is.Empty);
    }

    [Test]
    public void The_package_configuration_names_no_source() => Assert.That(TextRules.PackageSources(RepositoryTree.Read("nuget.config")), Is.Empty);

    [TestCase("https://api.", "nuget", ".org/v3/index.json")]
    [TestCase("a link to ", "nuget", ".org.")]
    [TestCase("\"resolved\": \"https://registry.", "npmjs", ".org/x\"")]
    [TestCase("registry = ", "crates", ".io")]
    [TestCase("https://user@", "pypi", ".org")]
    public void A_registry_is_found(string before, string host, string after) =>
        Assert.That(TextRules.RegistryHosts("a.txt", "first line\n" + before + host + after), Has.One.StartsWith("a.txt:2 names"));

    [TestCase("dotnet nuget push; npmjs; https://github.com/rust-lang/", "crates", ".io-index")]
    [TestCase("my", "nuget", ".organisation")]
    public void Similar_words_pass(string before, string host, string after) =>
        Assert.That(TextRules.RegistryHosts("a.txt", before + host + after), Is.Empty);

    [TestCase("""<configuration><packageSources><clear /><add key="x" value="y" /></packageSources></configuration>""")]
    [TestCase("""<configuration><config><add key="globalPackagesFolder" value="y" /></config></configuration>""")]
    public void A_named_source_or_folder_is_found(string config) => Assert.That(TextRules.PackageSources(config), Is.Not.Empty);
}
