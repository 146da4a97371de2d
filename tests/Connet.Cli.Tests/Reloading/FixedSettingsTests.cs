using Connet.Cli.Configuration;
using Connet.Cli.Reloading;
using Connet.Cli.Tests.Configuration;

namespace Connet.Cli.Tests.Reloading;

/// <summary>Which ingress new settings are for.</summary>
public sealed class FixedSettingsTests
{
    private const string First = "[[server.ingress]]\naddr = ':1'\n";
    private const string Second = "[[server.ingress]]\naddr = ':2'\n";
    private const string Third = "[[server.ingress]]\naddr = ':3'\n";

    [TestCase(First + "deny-cidrs = ['10.0.0.1']\n", First + "deny-cidrs = ['10.0.0.2']\n", ":1 10.0.0.2", "")]
    [TestCase(First + "deny-cidrs = ['10.0.0.1']\n", Second + "deny-cidrs = ['10.0.0.2']\n", ":1 10.0.0.2", "server.ingress.addr")]
    [TestCase(First + "deny-cidrs = ['10.0.0.1']\n", First + "deny-cidrs = ['10.0.0.2']\n" + Second, ":1 10.0.0.2", "server.ingress")]
    [TestCase(First + "deny-cidrs = ['10.0.0.1']\n", Second + First + "deny-cidrs = ['10.0.0.2']\n", ":1 10.0.0.2", "server.ingress")]
    [TestCase(First + "deny-cidrs = ['10.0.0.1']\n" + Second, Second + First + "deny-cidrs = ['10.0.0.2']\n", ":1 10.0.0.2, :2 ", "")]
    [TestCase(First + "deny-cidrs = ['10.0.0.1']\n" + Second, Second + "deny-cidrs = ['10.0.0.2']\n" + Third, ":1 10.0.0.1, :2 10.0.0.2", "server.ingress")]
    [TestCase(First + "deny-cidrs = ['10.0.0.1']\n" + Second, Second, ":1 10.0.0.1, :2 ", "server.ingress")]
    public void Rules_stay_with_their_address(string before, string after, string expected, string needsRestart)
    {
        SettingsSection next = Section(after);
        List<string> named = Keep(Section(before), next);
        Assert.That((Show(next), string.Join(", ", named)), Is.EqualTo((expected, needsRestart)));
    }

    [Test]
    public void What_came_with_an_earlier_change_is_in_effect()
    {
        SettingsSection second = Section(First + "deny-cidrs = ['10.0.0.1']\n");
        Keep(Section(First), second);
        SettingsSection third = Section(Second + Third);
        Assert.That(Keep(second, third), Is.EqualTo(new[] { "server.ingress" }));
        Assert.That(Show(third), Is.EqualTo(":1 10.0.0.1"));
    }

    private static List<string> Keep(SettingsSection running, SettingsSection next) =>
        FixedSettings.Keep(running, next, KeyTable.Root.FindTable("server")!.Section, "server");

    private static SettingsSection Section(string ingresses) => Settings.Load("[server]\n" + ingresses).Root.Single("server");

    private static string Show(SettingsSection section) =>
        string.Join(", ", section.Items("ingress").Select(each => $"{each.Text("addr")} {string.Join(' ', each.List("deny-cidrs"))}"));
}
