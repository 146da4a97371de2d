using Connet.Architecture.Tests.Rules;

namespace Connet.Architecture.Tests;

/// <summary>The documents of the repository.</summary>
public sealed class DocumentTests
{
    /// <summary>What the second example of the front page takes from the first.</summary>
    private const string GivenInReadme = "global using Connet.Client; global using static Given; static class Given { public static ConnetClient client = null!; }";

    private static IEnumerable<(string Path, string Text)> Documents =>
        RepositoryTree.Files().Where(path => path.EndsWith(".md", StringComparison.Ordinal)).Select(path => (path, RepositoryTree.Read(path)));

    [Test]
    public void The_examples_compile()
    {
        (string Path, string Code)[] snippets = [.. Documents.SelectMany(each => DocumentRules.Snippets(each.Text).Select(code => (each.Path, code)))];
        Assert.That(snippets.Select(each => each.Path), Is.SupersetOf(new[] { "README.md", "src/Connet.Quic/README.md" }));
        Assert.That(
            snippets.SelectMany(each => DocumentRules.CompileErrors(each.Path, each.Code, each.Path == "README.md" ? GivenInReadme : "")), Is.Empty);
    }

    [Test]
    public void Links_to_files_lead_somewhere() =>
        Assert.That(Documents.SelectMany(each => DocumentRules.DeadLinks(each.Path, each.Text, Exists)), Is.Empty);

    [Test]
    public void Tests_that_are_named_exist()
    {
        SourceFile[] sources = [.. RepositoryTree.Sources("tests")];
        Assert.That(Documents.SelectMany(each => DocumentRules.MissingTests(each.Path, each.Text, sources)), Is.Empty);
    }

    [TestCase("docs/guarantees.md", 30)]
    [TestCase("docs/protocol-coverage.md", 70)]
    public void Each_row_names_the_tests_that_assert_it(string path, int rows)
    {
        string text = RepositoryTree.Read(path);
        Assert.That(DocumentRules.RowsWithoutTests(path, text), Is.Empty);
        Assert.That(text.Split('\n').Count(line => line.StartsWith('|')), Is.GreaterThan(rows), "the tables were found");
    }

    [Test]
    public void A_row_without_a_test_is_found() =>
        Assert.That(
            DocumentRules.RowsWithoutTests("a.md", "text\n\n| what | test |\n| --- | --- |\n| one | `XTests.One_is` |\n| two | some |\n"),
            Is.EqualTo(new[] { "a.md: | two | some |" }));

    [Test]
    public void A_named_test_that_does_not_exist_is_found() =>
        Assert.That(
            DocumentRules.MissingTests("a.md", "`XTests.One_is` and `XTests.Two_is`", [new SourceFile("tests/XTests.cs", "void One_is() { }")]),
            Is.EqualTo(new[] { "a.md names XTests.Two_is" }));

    [Test]
    public void A_snippet_that_does_not_compile_is_found() =>
        Assert.That(
            DocumentRules.Snippets("text\n```csharp\nint x = \"one\";\n```\n").SelectMany(code => DocumentRules.CompileErrors("a.md", code)),
            Has.One.StartsWith("a.md: Cannot implicitly convert"));

    [Test]
    public void A_link_that_leads_nowhere_is_found() =>
        Assert.That(
            DocumentRules.DeadLinks("docs/a.md", "[x](b.md) [y](https://host/c) [z](#part) [w](d.md#part)", path => path == "docs/d.md"),
            Is.EqualTo(new[] { "docs/a.md links to b.md" }));

    private static bool Exists(string path)
    {
        string full = Path.Combine(RepositoryTree.Root, path);
        return File.Exists(full) || Directory.Exists(full);
    }
}
