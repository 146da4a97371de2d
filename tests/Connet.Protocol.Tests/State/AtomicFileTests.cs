using System.Text;
using Connet.Protocol.State;

namespace Connet.Protocol.Tests.State;

/// <summary>Files of state are replaced whole, by their owner alone.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Parallelizable(ParallelScope.All)]
public sealed class AtomicFileTests : IDisposable
{
    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _folder = Directory.CreateTempSubdirectory("connet-state-").FullName;

    private string StateFile => Path.Combine(_folder, "state");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void A_file_that_is_not_there_is_null()
    {
        Assert.That(AtomicFile.Read(StateFile), Is.Null);
        Assert.That(AtomicFile.Read(Path.Combine(_folder, "no folder", "state")), Is.Null);
    }

    [TestCase("")]
    [TestCase("shorter")]
    [TestCase("longer than what was there before")]
    public void A_write_leaves_the_new_content_and_nothing_else(string content)
    {
        AtomicFile.Write(StateFile, "what was there"u8);
        AtomicFile.Write(StateFile, Encoding.UTF8.GetBytes(content));
        Assert.That(AtomicFile.Read(StateFile), Is.EqualTo(Encoding.UTF8.GetBytes(content)));
        Assert.That(Entries(), Is.EqualTo(new[] { StateFile }));
    }

    [Test]
    public void A_write_that_cannot_begin_leaves_the_old_content()
    {
        // The name itself is one that file systems take; there is no room in it for what a temporary file is called besides. Permissions would not
        // stop tests that run as root.
        string file = Path.Combine(_folder, new string('n', 250));
        File.WriteAllText(file, "the old content");
        Assert.That(() => AtomicFile.Write(file, "the new content"u8), Throws.InstanceOf<IOException>());
        Assert.That(File.ReadAllText(file), Is.EqualTo("the old content"));
        Assert.That(Entries(), Is.EqualTo(new[] { file }));
    }

    [Test]
    public void A_write_that_cannot_be_completed_leaves_what_was_there_and_no_temporary_file()
    {
        // Everything is written by the time that a folder turns out to be in the way.
        string old = Path.Combine(Directory.CreateDirectory(StateFile).FullName, "old");
        File.WriteAllText(old, "the old content");
        Assert.That(() => AtomicFile.Write(StateFile, "the new content"u8), Throws.InstanceOf<IOException>().Or.InstanceOf<UnauthorizedAccessException>());
        Assert.That(File.ReadAllText(old), Is.EqualTo("the old content"));
        Assert.That(Entries(), Is.EqualTo(new[] { StateFile }));
    }

    [Test]
    [Platform(Exclude = "Win")]
    public void File_and_folder_are_for_their_owner_only()
    {
        string folder = Path.Combine(_folder, "a", "folder");
        string file = Path.Combine(folder, "state");
        AtomicFile.Write(file, "a secret"u8);
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(File.GetUnixFileMode(file), Is.EqualTo(OwnersFile));
            Assert.That(File.GetUnixFileMode(folder), Is.EqualTo(OwnersFile | UnixFileMode.UserExecute));
        }
    }

    [Test]
    [Platform(Exclude = "Win")]
    public void A_file_that_others_could_read_is_for_its_owner_only_once_it_is_replaced()
    {
        File.WriteAllText(StateFile, "no secret");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(StateFile, OwnersFile | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
            AtomicFile.Write(StateFile, "a secret"u8);
            Assert.That(File.GetUnixFileMode(StateFile), Is.EqualTo(OwnersFile));
        }
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "no file is replaced there while another has it open")]
    public async Task A_reader_never_sees_a_part_while_the_file_is_replaced()
    {
        int writes = TestMachine.Rounds(full: 200, quick: 50);
        AtomicFile.Write(StateFile, Content(0));
        TaskCompletionSource reading = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenSource written = new();
        Task reader = Task.Factory.StartNew(ReadAll, TaskCreationOptions.LongRunning);
        await Task.WhenAny(reading.Task, reader);
        for (int i = 1; i <= writes && !reader.IsCompleted; i++)
        {
            AtomicFile.Write(StateFile, Content(i));
        }

        await written.CancelAsync();
        await reader;
        Assert.That(AtomicFile.Read(StateFile), Is.EqualTo(Content(writes)));

        void ReadAll()
        {
            int last = 0;
            while (!written.IsCancellationRequested)
            {
                byte[] content = AtomicFile.Read(StateFile) ?? throw new AssertionException("there is no file");
                int number = content.Length == 0 ? -1 : content[0];
                Assert.That(content.AsSpan().SequenceEqual(Content(number)), $"{content.Length} bytes that begin with {number} are a part");
                Assert.That(number, Is.GreaterThanOrEqualTo(last), "an older content came back");
                last = number;
                reading.TrySetResult();
            }
        }
    }

    [Test]
    public void What_a_killed_process_left_half_written_is_no_hindrance()
    {
        AtomicFile.Write(StateFile, "the old content"u8);
        string left = Path.Combine(_folder, $".state.{Guid.NewGuid():N}.new");
        File.WriteAllText(left, "the new con");
        Assert.That(AtomicFile.Read(StateFile), Is.EqualTo("the old content"u8.ToArray()));
        AtomicFile.Write(StateFile, "the new content"u8);
        Assert.That(AtomicFile.Read(StateFile), Is.EqualTo("the new content"u8.ToArray()));
        Assert.That(Entries(), Is.EquivalentTo(new[] { left, StateFile }));
    }

    /// <summary>Each has a length of its own, and is one byte over and over: no part of one is another.</summary>
    private static byte[] Content(int number)
    {
        byte[] content = new byte[10_000 + (number * 37 % 20_000)];
        content.AsSpan().Fill((byte)number);
        return content;
    }

    private string[] Entries() => Directory.GetFileSystemEntries(_folder);
}
