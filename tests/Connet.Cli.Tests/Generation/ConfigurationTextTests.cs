using System.Text.RegularExpressions;
using Connet.Cli.Configuration;
using Connet.Cli.Generation;
using Connet.Cli.Tests.Configuration;

namespace Connet.Cli.Tests.Generation;

/// <summary><c>connet gen-config</c>.</summary>
public sealed partial class ConfigurationTextTests : IDisposable
{
    private readonly Scratch _scratch = new();

    private static IEnumerable<string> Sections => ConfigurationText.Sections;

    public void Dispose() => _scratch.Dispose();

    [TestCaseSource(nameof(Sections))]
    public async Task A_generated_file_passes_the_check(string section)
    {
        Assert.That((await CheckedFile.RunAsync("gen-cert", "--out", _scratch.Folder, "--force")).Code, Is.Zero);
        (int code, string output, string error) = await CheckedFile.RunAsync("gen-config", section);
        Assert.That((code, error), Is.EqualTo((0, "")));

        // The certificates are named without a folder, as next to the file.
        string file = _scratch.Write(section + ".toml", output.Replace("-file = \"", $"-file = \"{_scratch.Folder}/", StringComparison.Ordinal));
        (code, output, error) = await CheckedFile.RunAsync("check", file);
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.StartWith(file + ": "));
        Assert.That(error, Does.Match("^(connet: warning: no store-dir.*\n)?$"));
    }

    [TestCaseSource(nameof(Sections))]
    public void Every_key_of_the_newer_dialect_is_there_and_its_value_is_a_good_one(string section)
    {
        string everything = Commented().Replace(ConfigurationText.For(section), "$1");
        LoadedSettings settings = Settings.Load(everything);
        Assert.That(settings.Warnings, Has.All.EndsWith("is not available in this version yet and does nothing"));
        TableDefinition table = KeyTable.Root.FindTable(section)!;
        ExpectKeys(everything, table.Section, section);
        ExpectKeys(everything, KeyTable.Root, "");
    }

    [TestCaseSource(nameof(Sections))]
    public void Every_key_has_a_meaning(string section)
    {
        string[] lines = ConfigurationText.For(section).Split('\n');
        for (int i = 1; i < lines.Length; i++)
        {
            if (KeyLine().IsMatch(lines[i]))
            {
                Assert.That(lines[i - 1], Does.Match("^# .*[a-z].*$"), lines[i]);
            }
        }
    }

    [TestCase("client", "# the control server. Default: \"127.0.0.1:19190\"\n")]
    [TestCase("client", "# how long reaching one destination may take; 0 waits. Default: \"15s\"\n#dial-timeout = \"15s\"\n")]
    [TestCase("server", "#[[server.token-restriction]]\n")]
    [TestCase("server", "# how long endpoints outlive their client's connection. Default: \"30s\"\n#endpoint-expiry-timeout = \"30s\"\n")]
    [TestCase("control", "[[control.relays-ingress]]\n\n# the UDP address. Default: \":19189\"\n")]
    [TestCase("relay", "#control-addr = \"localhost:19189\"\n")]
    public void Defaults_are_told(string section, string expected) => Assert.That(ConfigurationText.For(section), Does.Contain(expected));

    [Test]
    public void Each_server_file_has_tokens_of_its_own()
    {
        Assert.That(ConfigurationText.For("server"), Is.Not.EqualTo(ConfigurationText.For("server")));
        Assert.That(ConfigurationText.For("server"), Does.Match("\ntokens = \\[\"[0-9a-f]{32}\"\\]\n"));
    }

    [Test]
    public async Task A_file_is_its_owners_alone_and_replaced_by_force_only()
    {
        string path = _scratch.Path("new.toml");
        Assert.That(await CheckedFile.RunAsync("gen-config", "server", "--out", path), Is.EqualTo((0, "", "")));
        Files.ExpectOwnerOnly(path);
        string first = await File.ReadAllTextAsync(path);
        Assert.That((await CheckedFile.RunAsync("gen-config", "server", "--out", path)).Error, Does.Contain("exists already"));
        Assert.That(await File.ReadAllTextAsync(path), Is.EqualTo(first));
        Assert.That((await CheckedFile.RunAsync("gen-config", "server", "--out", path, "--force")).Code, Is.Zero);
        Assert.That(await File.ReadAllTextAsync(path), Is.Not.EqualTo(first));
    }

    private static void ExpectKeys(string text, SectionDefinition section, string path)
    {
        foreach (KeyDefinition key in section.Keys.Where(each => each.Spelling.HasFlag(Spelling.Newer)))
        {
            string header = path.Length == 0 ? "^" : $@"^\[+{Regex.Escape(path)}\]+\n";
            Assert.That(Regex.IsMatch(text, $@"{header}(?:(?!\[)[^\n]*\n)*{Regex.Escape(key.Name)} = ", RegexOptions.Multiline), $"{path}: {key.Name}");
        }

        foreach (TableDefinition table in section.Tables.Where(each => path.Length > 0 && each.Spelling.HasFlag(Spelling.Newer)))
        {
            ExpectKeys(text, table.Section, $"{path}.{table.Name}{(table.Kind == TableKind.Named ? ".example" : "")}");
        }
    }

    [GeneratedRegex(@"^#(\[\[|[a-z-]+ = )", RegexOptions.Multiline)]
    private static partial Regex Commented();

    [GeneratedRegex(@"^#?[a-z-]+ = ")]
    private static partial Regex KeyLine();
}
