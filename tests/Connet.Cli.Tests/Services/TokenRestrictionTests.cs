using System.CommandLine;
using Connet.Cli.Commands;
using Connet.Cli.Configuration;
using Connet.Cli.Services;
using Connet.Control;

namespace Connet.Cli.Tests.Services;

/// <summary>The older flags <c>--tokens-allow-cidr</c> and <c>--tokens-deny-cidr</c> restrict all tokens of clients.</summary>
public sealed class TokenRestrictionTests
{
    [Test]
    public void Without_restrictions_in_files_each_token_gets_the_flags()
    {
        List<TokenRestrictionOptions> all = Restrictions("", "--tokens a --tokens b --tokens-allow-cidr 10.0.0.0/8 --tokens-deny-cidr 10.1.0.0/16");
        Assert.That(all, Has.Count.EqualTo(2));
        Assert.That(all, Has.All.Property("AllowCidrs").EqualTo(new[] { "10.0.0.0/8" }));
        Assert.That(all, Has.All.Property("DenyCidrs").EqualTo(new[] { "10.1.0.0/16" }));
    }

    [Test]
    public void Flags_take_the_place_of_addresses_in_files_and_of_nothing_else()
    {
        const string Toml = """
            [server]
            tokens = ['a', 'b']
            [[server.token-restriction]]
            allow-cidrs = ['1.1.1.1']
            deny-cidrs = ['2.2.2.2']
            name-matches = '^x'
            [[server.token-restriction]]
            role-matches = ['source']
            """;
        List<TokenRestrictionOptions> all = Restrictions(Toml, "--tokens-allow-cidr ::1");
        Assert.That(all.Select(each => each.AllowCidrs), Has.All.EqualTo(new[] { "::1" }));
        Assert.That(all[0].DenyCidrs, Is.EqualTo(new[] { "2.2.2.2" }));
        Assert.That(all[0].NameMatches, Is.EqualTo("^x"));
        Assert.That(all[1].RoleMatches, Is.EqualTo(new[] { "source" }));
    }

    [Test]
    public void Without_the_flags_nothing_changes() => Assert.That(Restrictions("", "--tokens a"), Is.Empty);

    private static List<TokenRestrictionOptions> Restrictions(string toml, string flags)
    {
        using Scratch scratch = new();
        Command command = new("server");
        ServiceCommand service = new(command, "server", () => throw new InvalidOperationException("Nothing is to be run."));
        string[] config = ["--config", scratch.Write("server.toml", toml)];
        SettingsSection server = service.Load(command.Parse([.. config, .. flags.Split(' ')])).Root.Single("server");
        int tokens = server.List("tokens").Count;
        return ControlSettings.ForAllTokens(server, ControlSettings.Restrictions(server, "token-restriction", tokens), tokens);
    }
}
