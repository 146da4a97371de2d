using Connet.Cli.Configuration;

namespace Connet.Cli.Tests.Configuration;

/// <summary>Tokens, their files and their precedence.</summary>
public sealed class SecretTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Test]
    public void A_token_file_beats_the_token_and_only_its_first_line_counts()
    {
        string path = _scratch.Write("first", " one \r\ntwo\n");
        Assert.That(SecretText.Token(Client($"token = 'x'\ntoken-file = '{path}'"), "client", "y"), Is.EqualTo("one"));
    }

    [Test]
    public void The_token_beats_the_environment() => Assert.That(SecretText.Token(Client("token = 'x'"), "client", "y"), Is.EqualTo("x"));

    [Test]
    public void The_environment_is_the_last_resort() => Assert.That(SecretText.Token(Client(""), "client", "y"), Is.EqualTo("y"));

    [Test]
    public void No_token_at_all_names_the_ways_to_give_one() =>
        Assert.That(
            Error(() => SecretText.Token(Client(""), "client")),
            Is.EqualTo("file1.toml: [client] needs a token: give token or token-file there, or --token or --token-file, or set CONNET_TOKEN"));

    [Test]
    public void A_token_file_that_is_missing_is_told_with_the_place_that_names_it()
    {
        string path = _scratch.Path("nowhere");
        Assert.That(
            Error(() => SecretText.Token(Client($"token-file = '{path}'"), "client", "y")),
            Is.EqualTo($"file1.toml:2: client.token-file: cannot read {path}: no such file"));
    }

    [Test]
    public void An_empty_token_file_is_no_token()
    {
        string path = _scratch.Write("empty", "\n\n");
        Assert.That(Error(() => SecretText.Token(Client($"token-file = '{path}'"), "client", "y")), Does.Contain("the first line of " + path + " is empty"));
    }

    [Test]
    public void A_tokens_file_has_one_a_line()
    {
        string path = _scratch.Write("many", "a\n\n b \nc");
        SettingsSection server = Settings.Load($"[server]\ntokens = ['x']\ntokens-file = '{path}'").Root.Single("server");
        Assert.That(SecretText.Tokens(server, "tokens"), Is.EqualTo(new[] { "a", "b", "c" }));
    }

    [Test]
    public void A_reset_key_file_has_32_bytes()
    {
        string path = _scratch.Path("key");
        File.WriteAllBytes(path, new byte[31]);
        Assert.That(
            Error(() => ResetKeySetting.Read(Client($"direct-stateless-reset-key-file = '{path}'"))),
            Is.EqualTo($"file1.toml:2: client.direct-stateless-reset-key-file: {path} has 31 bytes, and such a key has 32"));
        File.WriteAllBytes(path, new byte[32]);
        Assert.That(ResetKeySetting.Read(Client($"direct-stateless-reset-key-file = '{path}'")), Has.Length.EqualTo(32));
    }

    [Test]
    public void Values_are_not_shown_when_settings_are_printed() =>
        Assert.That(Client("token = 'hush'").Values["token"].ToString(), Is.EqualTo("file1.toml:2: client.token"));

    private static SettingsSection Client(string toml) => Settings.Load("[client]\n" + toml).Root.Single("client");

    private static string Error(Action act) => Assert.Throws<ConfigurationException>(act)!.Message;
}
