using Connet.Cli.Reloading;

namespace Connet.Cli.Tests.Reloading;

/// <summary>When a change of files counts.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FileWatchTests : IDisposable
{
    private readonly Scratch _scratch = new();
    private readonly FileWatch _watch = new();

    public void Dispose() => _scratch.Dispose();

    [SetUp]
    public void Watch_two_files()
    {
        _scratch.Write("one", "1");
        _scratch.Write("two", "2");
        _watch.Watch([_scratch.Path("one"), _scratch.Path("two"), _scratch.Path("one")]);
    }

    [Test]
    public void Nothing_changes_by_itself()
    {
        Assert.That(_watch.HasChanged(), Is.False);
        Assert.That(_watch.HasChanged(), Is.False);
    }

    [Test]
    public void A_change_counts_once_and_at_the_second_look()
    {
        _scratch.Write("two", "22");
        Assert.That(_watch.HasChanged(), Is.False);
        Assert.That(_watch.HasChanged());
        Assert.That(_watch.HasChanged(), Is.False);
    }

    [Test]
    public void A_file_that_is_still_being_written_does_not_count()
    {
        _scratch.Write("two", "22");
        Assert.That(_watch.HasChanged(), Is.False);
        _scratch.Write("two", "222");
        Assert.That(_watch.HasChanged(), Is.False);
        Assert.That(_watch.HasChanged());
    }

    [Test]
    public void A_change_that_is_taken_back_does_not_count()
    {
        DateTime written = File.GetLastWriteTimeUtc(_scratch.Path("one"));
        _scratch.Write("one", "11");
        Assert.That(_watch.HasChanged(), Is.False);
        File.SetLastWriteTimeUtc(_scratch.Write("one", "1"), written);
        Assert.That(_watch.HasChanged(), Is.False);
        Assert.That(_watch.HasChanged(), Is.False);
    }

    [Test]
    public void The_time_alone_counts()
    {
        File.SetLastWriteTimeUtc(_scratch.Path("one"), DateTime.UtcNow.AddHours(-1));
        _watch.HasChanged();
        Assert.That(_watch.HasChanged());
    }

    [Test]
    public void A_file_that_goes_and_one_that_comes_count()
    {
        File.Delete(_scratch.Path("one"));
        _watch.HasChanged();
        Assert.That(_watch.HasChanged());
        _scratch.Write("one", "1");
        _watch.HasChanged();
        Assert.That(_watch.HasChanged());
    }

    [Test]
    public void A_file_that_takes_the_place_of_another_counts()
    {
        File.Move(_scratch.Write("new", "111"), _scratch.Path("one"), overwrite: true);
        _watch.HasChanged();
        Assert.That(_watch.HasChanged());
    }

    [Test]
    public void A_link_counts_by_what_it_leads_to()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("links need a privilege there");
        }

        Directory.CreateSymbolicLink(_scratch.Path("current"), Directory.CreateDirectory(_scratch.Path("a")).FullName);
        _scratch.Write("a/file", "1");
        Directory.CreateDirectory(_scratch.Path("b"));
        _scratch.Write("b/file", "22");
        _watch.Watch([_scratch.Path("current/file")]);
        Directory.Delete(_scratch.Path("current"));
        Directory.CreateSymbolicLink(_scratch.Path("current"), _scratch.Path("b"));
        _watch.HasChanged();
        Assert.That(_watch.HasChanged());
    }

    [Test]
    public void What_is_accepted_does_not_count()
    {
        _scratch.Write("two", "22");
        _watch.Accept();
        _watch.HasChanged();
        Assert.That(_watch.HasChanged(), Is.False);
    }

    [Test]
    public void New_files_are_watched_from_now_on_and_the_others_go_on()
    {
        _scratch.Write("two", "22");
        _scratch.Write("three", "3");
        _watch.Watch([_scratch.Path("two"), _scratch.Path("three")]);
        File.Delete(_scratch.Path("one"));
        _watch.HasChanged();
        Assert.That(_watch.HasChanged(), "two has changed since it was first watched");
        _watch.HasChanged();
        Assert.That(_watch.HasChanged(), Is.False, "three has not changed, and one is watched no more");
        _scratch.Write("three", "33");
        _watch.HasChanged();
        Assert.That(_watch.HasChanged());
    }
}
