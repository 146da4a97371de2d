using Connet.Protocol.State;

namespace Connet.Protocol.Tests.State;

/// <summary>The key that outlives a process.</summary>
public sealed class ResetKeyFileTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("connet-reset-key-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void A_key_is_made_once_and_for_its_owner_only()
    {
        string file = Path.Combine(_folder, "state", ResetKeyFile.NameFor(":19192"));
        byte[] key = ResetKeyFile.ReadOrCreate(file);
        Assert.That(key, Has.Length.EqualTo(ResetKeyFile.KeyLength).And.Some.Not.Zero);
        Assert.That(ResetKeyFile.ReadOrCreate(file), Is.EqualTo(key));
        Assert.That(File.ReadAllBytes(file), Is.EqualTo(key));
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
    }

    [TestCase(0)]
    [TestCase(31)]
    [TestCase(33)]
    public void A_key_of_another_length_is_an_error_and_stays(int length)
    {
        string file = Path.Combine(_folder, ResetKeyFile.NameFor(":19192"));
        File.WriteAllBytes(file, new byte[length]);
        Assert.That(() => ResetKeyFile.ReadOrCreate(file), Throws.TypeOf<IOException>().With.Message.Contains($"{file} has {length} bytes"));
        Assert.That(File.ReadAllBytes(file), Has.Length.EqualTo(length));
    }
}
