using Connet.Cli.Configuration;
using Connet.Cli.Reloading;

namespace Connet.Cli.Tests.Reloading;

/// <summary>Settings are read anew when asked for and when files change.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ReloaderTests : IDisposable
{
    private readonly Scratch _scratch = new();
    private readonly LineLog _log = new();
    private readonly CancellationTokenSource _end = new();
    private int _reloads;
    private Exception? _failure;

    public void Dispose()
    {
        _scratch.Dispose();
        _end.Dispose();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_change_of_a_file_is_one_reload()
    {
        await using ReloadTrigger trigger = Trigger(new QuickClock());
        Task running = Reloader(trigger).RunAsync(_end.Token);
        _scratch.Write("file", "new");
        Assert.That(await _log.NextAsync(), Is.EqualTo("Information: reloaded: the new settings hold"));
        await EndAsync(running);
        Assert.That(_reloads, Is.EqualTo(1));
        Assert.That(_log.Waiting, Is.Zero);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Asking_is_a_reload_without_any_change()
    {
        await using ReloadTrigger trigger = Trigger(TimeProvider.System);
        Task running = Reloader(trigger).RunAsync(_end.Token);
        trigger.Ask();
        Assert.That(await _log.NextAsync(), Is.EqualTo("Information: reloaded: the new settings hold"));
        trigger.Ask();
        Assert.That(await _log.NextAsync(), Is.EqualTo("Information: reloaded: the new settings hold"));
        await EndAsync(running);
        Assert.That(_reloads, Is.EqualTo(2));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Settings_that_are_not_good_are_one_error_and_the_next_good_ones_count()
    {
        _failure = new ConfigurationException("a.toml:1: bad\nvalue");
        await using ReloadTrigger trigger = Trigger(new QuickClock());
        Task running = Reloader(trigger).RunAsync(_end.Token);
        _scratch.Write("file", "bad");
        Assert.That(await _log.NextAsync(), Is.EqualTo("Error: not reloaded, the old settings hold: a.toml:1: bad value"));
        Assert.That(_log.Waiting, Is.Zero);
        _failure = null;
        _scratch.Write("file", "good again");
        Assert.That(await _log.NextAsync(), Is.EqualTo("Information: reloaded: the new settings hold"));
        await EndAsync(running);
        Assert.That(_reloads, Is.EqualTo(2));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task It_ends_while_it_waits()
    {
        await using ReloadTrigger trigger = Trigger(TimeProvider.System);
        Task running = Reloader(trigger).RunAsync(_end.Token);
        await EndAsync(running);
        Assert.That(_reloads, Is.Zero);
    }

    private async Task EndAsync(Task running)
    {
        await _end.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private ReloadTrigger Trigger(TimeProvider clock)
    {
        FileWatch watch = new();
        watch.Watch([_scratch.Write("file", "1")]);
        return new ReloadTrigger(watch, clock);
    }

    private Reloader Reloader(ReloadTrigger trigger) => new(
        trigger,
        _ =>
        {
            _reloads++;
            return _failure is null ? ValueTask.CompletedTask : ValueTask.FromException(_failure);
        },
        _log);
}
