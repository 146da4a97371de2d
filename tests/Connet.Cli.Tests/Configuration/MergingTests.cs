using Connet.Cli.Configuration;

namespace Connet.Cli.Tests.Configuration;

/// <summary>Several files, and both dialects in one.</summary>
public sealed class MergingTests
{
    [Test]
    public void A_later_file_overrides_values()
    {
        LoadedSettings settings = Settings.Load("log-level = 'warn'\n[client]\nserver-addr = 'a'\ndirect-addr = ':1'", "[client]\ndirect-addr = ':2'");
        Assert.That(Settings.Show(settings.Root, "client/direct-addr"), Is.EqualTo(":2"));
        Assert.That(Settings.Show(settings.Root, "client/server-addr"), Is.EqualTo("a"));
        Assert.That(settings.Root.Single("client").OriginOf("direct-addr").ToString(), Is.EqualTo("file2.toml:2: client.direct-addr"));
    }

    [TestCase("token = 'a'\ntoken-file = 'f'", "token = 'b'", "b", null)]
    [TestCase("token = 'a'", "token-file = 'g'", null, "g")]
    [TestCase("token = 'a'\ntoken-file = 'f'", "metadata = 'm'", "a", "f")]
    public void A_later_token_or_token_file_replaces_both(string first, string second, string? token, string? file)
    {
        SettingsSection root = Settings.Load("[client]\n" + first, "[client]\n" + second).Root;
        Assert.That(Settings.Show(root, "client/token"), Is.EqualTo(token));
        Assert.That(Settings.Show(root, "client/token-file"), Is.EqualTo(file));
    }

    [Test]
    public void Later_tokens_replace_a_tokens_file()
    {
        SettingsSection root = Settings.Load("[control]\nclients-tokens-file = 'f'\nrelays-tokens = ['r']", "[control]\nclients-tokens = ['b']").Root;
        Assert.That(Settings.Show(root, "control/clients-tokens"), Is.EqualTo("b"));
        Assert.That(Settings.Show(root, "control/clients-tokens-file"), Is.Null);
        Assert.That(Settings.Show(root, "control/relays-tokens"), Is.EqualTo("r"));
    }

    [Test]
    public void Endpoints_merge_by_name()
    {
        SettingsSection root = Settings.Load(
            "[client.sources.a]\naddr = ':1'\n[client.sources.b]\naddr = ':2'", "[client.sources.a]\nurl = 'tcp://:3'\n[client.sources.c]\naddr = ':4'").Root;
        Assert.That(root.Single("client").Tables("sources").Keys, Is.EqualTo(new[] { "a", "b", "c" }));
        Assert.That(Settings.Show(root, "client/sources/a/url"), Is.EqualTo("tcp://:3"));
        Assert.That(Settings.Show(root, "client/sources/b/url"), Is.EqualTo("tcp://:2"));
    }

    [Test]
    public void Arrays_of_one_length_merge_item_by_item()
    {
        SettingsSection root = Settings.Load(
            "[[server.ingress]]\naddr = ':1'\ncert-file = 'c'\n[[server.ingress]]\naddr = ':2'", "[[server.ingress]]\naddr = ':3'\n[[server.ingress]]\ncert-file = 'd'").Root;
        Assert.That(Settings.Show(root, "server/ingress/0/addr"), Is.EqualTo(":3"));
        Assert.That(Settings.Show(root, "server/ingress/0/cert-file"), Is.EqualTo("c"));
        Assert.That(Settings.Show(root, "server/ingress/1/addr"), Is.EqualTo(":2"));
        Assert.That(Settings.Show(root, "server/ingress/1/cert-file"), Is.EqualTo("d"));
    }

    [Test]
    public void An_array_of_another_length_replaces()
    {
        SettingsSection root = Settings.Load("[[server.ingress]]\naddr = ':1'\ncert-file = 'c'", "[[server.ingress]]\naddr = ':2'\n[[server.ingress]]\naddr = ':3'").Root;
        Assert.That(root.Single("server").Items("ingress"), Has.Count.EqualTo(2));
        Assert.That(Settings.Show(root, "server/ingress/0/cert-file"), Is.Null);
    }

    [Test]
    public void Older_keys_of_one_file_merge_with_the_ingress_of_another()
    {
        SettingsSection root = Settings.Load("[server]\naddr = ':1'\ncert-file = 'c'\nkey-file = 'k'", "[[server.ingress]]\naddr = ':2'").Root;
        Assert.That(Settings.Show(root, "server/ingress/0/addr"), Is.EqualTo(":2"));
        Assert.That(Settings.Show(root, "server/ingress/0/key-file"), Is.EqualTo("k"));
    }

    [TestCase("server-cas = 'old'\nserver-cas-file = 'new'")]
    [TestCase("server-cas-file = 'new'\nserver-cas = 'old'")]
    public void The_newer_spelling_wins_in_one_file_with_a_warning(string toml)
    {
        LoadedSettings settings = Settings.Load("[client]\n" + toml);
        Assert.That(Settings.Show(settings.Root, "client/server-cas-file"), Is.EqualTo("new"));
        Assert.That(settings.Warnings, Has.One.EndsWith("say the same: client.server-cas-file holds"));
    }

    [Test]
    public void The_newer_url_wins_over_the_older_address()
    {
        LoadedSettings settings = Settings.Load("[client.sources.a]\nurl = 'tcp://:1'\naddr = ':2'");
        Assert.That(Settings.Show(settings.Root, "client/sources/a/url"), Is.EqualTo("tcp://:1"));
        Assert.That(settings.Warnings, Has.Count.EqualTo(1));
    }

    [Test]
    public void An_ingress_wins_over_older_keys_and_takes_what_it_lacks_from_them()
    {
        LoadedSettings settings = Settings.Load("[server]\naddr = ':1'\ncert-file = 'c'\n[[server.ingress]]\naddr = ':2'");
        Assert.That(Settings.Show(settings.Root, "server/ingress/0/addr"), Is.EqualTo(":2"));
        Assert.That(Settings.Show(settings.Root, "server/ingress/0/cert-file"), Is.EqualTo("c"));
        Assert.That(settings.Warnings, Is.EqualTo(new[] { "file1.toml:2: server.addr is overridden by addr of [[server.ingress]]" }));
    }

    [Test]
    public void The_newer_array_wins_over_the_older()
    {
        LoadedSettings settings = Settings.Load(
            "[[control.relays-token-restriction]]\nallow-cidrs = ['1.1.1.1']\n[[control.relays-token-ip-restriction]]\nallow-cidrs = ['2.2.2.2']");
        Assert.That(Settings.Show(settings.Root, "control/relays-token-restriction/0/allow-cidrs"), Is.EqualTo("1.1.1.1"));
        Assert.That(settings.Warnings, Has.Count.EqualTo(1));
    }
}
