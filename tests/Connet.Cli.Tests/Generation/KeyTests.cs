using Connet.Cli.Configuration;
using Connet.Cli.Tests.Configuration;

namespace Connet.Cli.Tests.Generation;

/// <summary><c>connet gen-key</c>.</summary>
public sealed class KeyTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Test]
    public async Task A_key_is_printed_as_the_setting_takes_it()
    {
        (int code, string output, string error) = await CheckedFile.RunAsync("gen-key");
        Assert.That((code, error), Is.EqualTo((0, "")));
        string key = output.TrimEnd();
        Assert.That(SettingTypes.ResetKey.Read(key).Value, Is.EqualTo(key));
        (_, string other, _) = await CheckedFile.RunAsync("gen-key");
        Assert.That(other, Is.Not.EqualTo(output));
    }

    [Test]
    public async Task A_key_file_has_32_bytes_for_its_owner()
    {
        string path = _scratch.Path("key");
        Assert.That(await CheckedFile.RunAsync("gen-key", "--out", path), Is.EqualTo((0, "", "")));
        Assert.That(File.ReadAllBytes(path), Has.Length.EqualTo(32));
        Files.ExpectOwnerOnly(path);
    }

    [Test]
    public async Task A_key_file_is_replaced_by_force_only()
    {
        string path = _scratch.Write("taken", "old");
        (int code, string output, string error) = await CheckedFile.RunAsync("gen-key", "--out", path);
        Assert.That((code, output), Is.EqualTo((1, "")));
        Assert.That(error, Is.EqualTo($"connet: {path} exists already: choose another place, or give --force to replace it{Environment.NewLine}"));
        Assert.That(File.ReadAllText(path), Is.EqualTo("old"));
        Assert.That(await CheckedFile.RunAsync("gen-key", "--out", path, "--force"), Is.EqualTo((0, "", "")));
        Assert.That(File.ReadAllBytes(path), Has.Length.EqualTo(32));
        Files.ExpectOwnerOnly(path);
        Assert.That(Directory.GetFiles(_scratch.Folder, "taken*"), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task A_place_that_cannot_be_written_is_told()
    {
        string path = _scratch.Path("nowhere/key");
        (int code, _, string error) = await CheckedFile.RunAsync("gen-key", "--out", path);
        Assert.That(error, Is.EqualTo($"connet: {path} cannot be written: no such file{Environment.NewLine}"));
        Assert.That(code, Is.EqualTo(1));
    }

    [TestCase("", "")]
    [TestCase("f", "co======")]
    [TestCase("fo", "cpng====")]
    [TestCase("foo", "cpnmu===")]
    [TestCase("foob", "cpnmuog=")]
    [TestCase("fooba", "cpnmuoj1")]
    [TestCase("foobar", "cpnmuoj1e8======")]
    public void Base32hex_is_written_as_RFC_4648_section_10_has_it(string text, string expected) =>
        Assert.That(Base32HexText.Encode(System.Text.Encoding.ASCII.GetBytes(text)), Is.EqualTo(expected.TrimEnd('=')));
}
