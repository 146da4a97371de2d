using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Connet.Quic.Interop.Tests.Peers;

/// <summary>
/// One peer program, started in a temporary folder of its own. Waits are for lines of its output or its end, never for time to pass.
/// Disposal ends the process and whatever it started, by its handle, and hands its output to the test's log.
/// </summary>
internal sealed class PeerProcess : IAsyncDisposable
{
    private const int LinesInLog = 200;
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly string _name;
    private readonly DirectoryInfo _folder;
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private readonly Task _reading;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _outputEnded;

    private PeerProcess(string name, ProcessStartInfo start)
    {
        _name = name;
        _folder = Directory.CreateTempSubdirectory("connet-peer-");
        start.WorkingDirectory = _folder.FullName;
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.Environment["PEER_EXIT_WITH_STDIN"] = "1";
        start.Environment["NO_COLOR"] = "1";
        start.Environment["DENO_DIR"] = Path.Combine(_folder.FullName, "deno");
        start.Environment["DENO_NO_UPDATE_CHECK"] = "1";
        start.Environment["DENO_NO_PACKAGE_JSON"] = "1";
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{name} did not start.");
        _reading = ReadAllAsync();
    }

    public static PeerProcess Start(string name, ProcessStartInfo start) => new(name, start);

    /// <summary>Waits for the first line that begins with the word, and returns what follows the word.</summary>
    public async Task<string> WaitForLineAsync(string word, CancellationToken cancellationToken)
    {
        int next = 0;
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                for (; next < _lines.Count; next++)
                {
                    if (_lines[next] == word || _lines[next].StartsWith(word + " ", StringComparison.Ordinal))
                    {
                        return _lines[next][word.Length..].Trim();
                    }
                }

                if (_outputEnded)
                {
                    throw Failure($"ended without the line \"{word} …\"");
                }

                changed = _changed.Task;
            }

            await WaitAsync(changed, $"did not print \"{word} …\" in time", cancellationToken);
        }
    }

    /// <summary>Waits for the program's end and returns its exit code.</summary>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await WaitAsync(_process.WaitForExitAsync(cancellationToken), "did not end in time", cancellationToken);
        await WaitAsync(_reading, "left its output open", cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>An error that carries the output so far.</summary>
    public AssertionException Failure(string what) => new($"{_name} {what}. Its output:{Environment.NewLine}{Output()}");

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_process.HasExited)
            {
                _process.Kill(entireProcessTree: true);
            }

            using CancellationTokenSource limit = new(EndLimit);
            await WaitForExitAsync(limit.Token);
        }
        finally
        {
            await TestContext.Out.WriteLineAsync($"{_name}:{Environment.NewLine}{Output()}");
            _process.Dispose();
            _folder.Delete(recursive: true);
        }
    }

    private async Task WaitAsync(Task task, string otherwise, CancellationToken cancellationToken)
    {
        try
        {
            await task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            throw Failure(otherwise);
        }
    }

    private async Task ReadAllAsync()
    {
        await Task.WhenAll(ReadAsync(_process.StandardOutput, string.Empty), ReadAsync(_process.StandardError, "stderr: "));
        Change(() => _outputEnded = true);
    }

    private async Task ReadAsync(StreamReader reader, string prefix)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            Change(() => _lines.Add(prefix + line));
        }
    }

    private void Change(Action change)
    {
        TaskCompletionSource done;
        lock (_lock)
        {
            change();
            done = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        done.SetResult();
    }

    private string Output()
    {
        StringBuilder text = new();
        lock (_lock)
        {
            foreach (string line in _lines.TakeLast(LinesInLog))
            {
                text.Append("  ").AppendLine(line);
            }

            if (_lines.Count > LinesInLog)
            {
                text.Append(CultureInfo.InvariantCulture, $"  ({_lines.Count - LinesInLog} earlier lines left out)").AppendLine();
            }
        }

        return text.ToString();
    }
}
