using Connet.Cli.Configuration;

namespace Connet.Cli.Tests.Configuration;

/// <summary>Where state goes.</summary>
public sealed class StateFolderTests : IDisposable
{
    private readonly Scratch _scratch = new();
    private readonly List<string> _warnings = [];

    public void Dispose() => _scratch.Dispose();

    [TestCase("a", "CONNET_CACHE_DIR=a", "CACHE_DIRECTORY=b", "XDG_CACHE_HOME=c", "HOME=d")]
    [TestCase("b", "CACHE_DIRECTORY=b", "XDG_CACHE_HOME=c", "HOME=d")]
    [TestCase("c/connet", "XDG_CACHE_HOME=c", "HOME=d")]
    public void The_cache_folder_is_the_first_that_is_set(string expected, params string[] variables)
    {
        Assert.That(Folders(variables).Cache(_warnings), Is.EqualTo(_scratch.Path(expected)));
        Assert.That(Directory.Exists(_scratch.Path(expected)));
    }

    [Test]
    public void Without_others_the_cache_folder_is_the_platforms_own()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("this is the rule of Linux");
        }

        Assert.That(Folders("HOME=d").Cache(_warnings), Is.EqualTo(_scratch.Path("d/.cache/connet")));
    }

    [Test]
    public void A_cache_folder_that_cannot_be_used_is_a_warning()
    {
        List<string> warnings = [];
        _scratch.Write("file", "");
        Assert.That(Folders("CONNET_CACHE_DIR=file").Cache(warnings), Is.Null);
        Assert.That(warnings, Has.One.Contains("will not outlive the process"));
        Assert.That(Folders().Cache(warnings), Is.Null);
        Assert.That(warnings, Has.Count.EqualTo(2));
    }

    [TestCase("x", "[server]\nstore-dir = '@x'", "CONNET_STATE_DIR=y", "STATE_DIRECTORY=z")]
    [TestCase("y", "[server]", "CONNET_STATE_DIR=y", "STATE_DIRECTORY=z")]
    [TestCase("z", "[server]", "STATE_DIRECTORY=z")]
    public void The_store_folder_is_the_key_or_the_environments(string expected, string toml, params string[] variables)
    {
        SettingsSection server = Settings.Load(toml.Replace("@", _scratch.Folder + "/", StringComparison.Ordinal)).Root.Single("server");
        Assert.That(Folders(variables).Store(server, _warnings), Is.EqualTo(_scratch.Path(expected)));
    }

    [Test]
    public void A_store_folder_under_the_temporary_one_comes_with_a_warning()
    {
        List<string> warnings = [];
        string folder = Folders().Store(Settings.Load("[server]").Root.Single("server"), warnings);
        Assert.That(Directory.Exists(folder));
        Directory.Delete(folder);
        Assert.That(warnings, Has.One.Contains("identity and state will not outlive the process"));
    }

    [Test]
    public void A_store_folder_that_cannot_be_made_is_an_error()
    {
        string file = _scratch.Write("taken", "");
        SettingsSection server = Settings.Load($"[server]\nstore-dir = '{file}'").Root.Single("server");
        Assert.That(
            Assert.Throws<ConfigurationException>(() => Folders().Store(server, _warnings))!.Message,
            Does.StartWith($"file1.toml:2: server.store-dir: the state folder {file} cannot be made: "));
    }

    private StateFolders Folders(params string[] variables) =>
        new(name => variables.FirstOrDefault(each => each.StartsWith(name + "=", StringComparison.Ordinal)) is { } found ? _scratch.Path(found[(name.Length + 1)..]) : null);
}
