using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Connet.Control.Sqlite.Tests;

/// <summary>What a process that is killed has acknowledged is there for the next one.</summary>
public sealed class CrashTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [TestCase(1)]
    [TestCase(17)]
    [TestCase(100)]
    public async Task A_killed_process_loses_nothing_that_it_acknowledged(int after)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("control.db");
        int acknowledged = await WriteUntilKilledAsync(path, after);
        Assert.That(acknowledged, Is.GreaterThanOrEqualTo(after));
        await using (SqliteControlStore store = await SqliteControlStore.OpenAsync(path))
        {
            for (int i = 0; i <= acknowledged; i++)
            {
                byte[]? value = await store.GetAsync($"key {i}");
                Assert.That(value, Is.EqualTo(Encoding.UTF8.GetBytes($"value {i}")), $"key {i} of {acknowledged}");
            }

            await store.SetAsync("after", new byte[] { 1 });
        }

        // And again: the same file, killed a second time.
        await WriteUntilKilledAsync(path, 3);
        await using SqliteControlStore last = await SqliteControlStore.OpenAsync(path);
        Assert.That(await last.GetAsync("after"), Is.EqualTo(new byte[] { 1 }));
    }

    /// <summary>A copy of the files at any instant is what a crash of the machine leaves, once the writes before it are on the disk.</summary>
    [Test]
    public async Task A_copy_made_between_writes_has_all_of_those_before()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("control.db");
        await using SqliteControlStore store = await SqliteControlStore.OpenAsync(path);
        for (int i = 0; i < 20; i++)
        {
            await store.SetAsync($"key {i}", new byte[] { (byte)i });
            string copy = folder.File($"copy-{i}.db");
            File.Copy(path, copy);
            if (File.Exists(path + "-wal"))
            {
                File.Copy(path + "-wal", copy + "-wal");
            }

            await using SqliteControlStore copied = await SqliteControlStore.OpenAsync(copy);
            for (int j = 0; j <= i; j++)
            {
                Assert.That(await copied.GetAsync($"key {j}"), Is.EqualTo(new byte[] { (byte)j }));
            }
        }
    }

    private static async Task<int> WriteUntilKilledAsync(string path, int after)
    {
        using CancellationTokenSource patience = new(s_patience);
        ProcessStartInfo start = new(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardOutput = true,
            ArgumentList = { typeof(Program).Assembly.Location, path },
        };
        using Process process = Process.Start(start)!;
        try
        {
            int last = -1;
            while (last < after)
            {
                string line = await process.StandardOutput.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException("The writer has ended.");
                last = int.Parse(line, CultureInfo.InvariantCulture);
            }

            process.Kill();

            // What it said before it died counts, whether it was read by then or not.
            while (await process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
            {
                last = int.TryParse(line, CultureInfo.InvariantCulture, out int more) && more == last + 1 ? more : last;
            }

            await process.WaitForExitAsync(patience.Token);
            return last;
        }
        finally
        {
            process.Kill();
        }
    }
}
