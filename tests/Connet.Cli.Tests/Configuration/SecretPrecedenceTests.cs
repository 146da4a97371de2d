using System.CommandLine;
using Connet.Cli.Commands;
using Connet.Cli.Configuration;

namespace Connet.Cli.Tests.Configuration;

/// <summary>A flag, then <c>token-file</c>, then <c>token</c>, then the environment; <c>@f</c> is a file whose first line is <c>file-f</c>.</summary>
public sealed class SecretPrecedenceTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [TestCase("env", "", "", "env")]
    [TestCase("env", "token = 'a'", "", "a")]
    [TestCase("env", "token-file = '@f'", "", "file-f")]
    [TestCase(null, "token = 'a'\ntoken-file = '@f'", "", "file-f")]
    [TestCase("env", "token = 'a'\ntoken-file = '@f'", "--token flag", "flag")]
    [TestCase("env", "token = 'a'\ntoken-file = '@f'", "--token-file @g", "file-g")]
    [TestCase("env", "token = 'a'", "--token flag --token-file @g", "file-g")]
    [TestCase("env", "", "--token flag", "flag")]
    public void Of_a_client(string? environment, string toml, string flags, string expected) => Check("client", environment, toml, flags, expected);

    [TestCase("token = 'a'", "", "a")]
    [TestCase("token = 'a'\ntoken-file = '@f'", "", "file-f")]
    [TestCase("token = 'a'\ntoken-file = '@f'", "--token flag", "flag")]
    [TestCase("token-file = '@f'", "--token-file @g", "file-g")]
    public void Of_a_relay(string toml, string flags, string expected) => Check("relay", null, toml, flags, expected);

    [TestCase("server", "tokens", "tokens = ['a', 'b']", "", "a b")]
    [TestCase("server", "tokens", "tokens = ['a']\ntokens-file = '@f'", "", "file-f more")]
    [TestCase("server", "tokens", "tokens-file = '@f'", "--tokens flag", "flag")]
    [TestCase("server", "tokens", "tokens = ['a']", "--tokens-file @g", "file-g more")]
    [TestCase("control", "clients-tokens", "clients-tokens-file = '@f'", "--clients-tokens x --clients-tokens y", "x y")]
    [TestCase("control", "relays-tokens", "relays-tokens = ['a']", "--relays-tokens-file @g", "file-g more")]
    public void Of_the_tokens_of_a_server(string section, string key, string toml, string flags, string expected) =>
        Assert.That(string.Join(' ', SecretText.Tokens(Load(section, toml, flags), key)), Is.EqualTo(expected));

    [Test]
    public void The_environment_is_the_clients_only() =>
        Assert.That(
            Assert.Throws<ConfigurationException>(() => SecretText.Token(Load("relay", "", ""), "relay"))!.Message,
            Does.EndWith("needs a token: give token or token-file there, or --token or --token-file"));

    private void Check(string section, string? environment, string toml, string flags, string expected) =>
        Assert.That(SecretText.Token(Load(section, toml, flags), section, environment), Is.EqualTo(expected));

    private SettingsSection Load(string section, string toml, string flags)
    {
        foreach (string file in new[] { "f", "g" })
        {
            _scratch.Write(file, $"file-{file}\nmore\n");
        }

        Command command = new(section);
        ServiceCommand service = new(command, section, () => throw new InvalidOperationException("Nothing is to be run."));
        string config = _scratch.Write("config.toml", $"[{section}]\n{InFolder(toml)}");
        string[] given = flags.Length == 0 ? [] : InFolder(flags).Split(' ');
        return service.Load(command.Parse(["--config", config, .. given])).Root.Single(section);
    }

    private string InFolder(string text) => text.Replace("@", _scratch.Folder + "/", StringComparison.Ordinal);
}
