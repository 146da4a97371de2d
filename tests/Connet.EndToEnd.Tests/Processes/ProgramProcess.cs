using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Connet.EndToEnd.Tests.Processes;

/// <summary>
/// A program that runs beside the test. Waits are for lines of its output or its end, never for time to pass. Signals go to this very
/// process; disposal kills it and hands its output to the test's log.
/// </summary>
internal sealed class ProgramProcess : IAsyncDisposable
{
    private const int LinesInLog = 300;

    private readonly Process _process;
    private readonly string _name;
    private readonly Lock _lock = new();
    private readonly List<OutputLine> _lines = [];
    private readonly Task _reading;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _outputEnded;
    private bool _disposed;

    private ProgramProcess(string name, ProcessStartInfo start)
    {
        _name = name;
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.UseShellExecute = false;
        StartedAt = Stopwatch.GetTimestamp();
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{name} did not start.");
        _process.StandardInput.Close();
        _reading = ReadAllAsync();
    }

    /// <summary>When the process was started, by <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public long StartedAt { get; }

    /// <summary>All lines so far.</summary>
    public IReadOnlyList<OutputLine> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    public static ProgramProcess Start(string name, ProcessStartInfo start) => new(name, start);

    /// <summary>Runs a short program to its end; anything but exit code 0 fails the test. Returns what it wrote to stdout.</summary>
    public static async Task<string> RunAsync(string file, IEnumerable<string> arguments, TimeSpan limit, IReadOnlyDictionary<string, string>? environment = null)
    {
        ProcessStartInfo start = new(file, arguments);
        foreach ((string key, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[key] = value;
        }

        await using ProgramProcess process = Start($"{Path.GetFileName(file)} {string.Join(' ', arguments)}", start);
        int exitCode = await process.WaitForExitAsync(limit);
        return exitCode == 0
            ? string.Join('\n', process.Lines.Where(line => !line.IsError).Select(line => line.Text))
            : throw process.Failure($"ended with {exitCode}");
    }

    /// <summary>Waits for a line that matches, among those printed so far and those to come.</summary>
    /// <param name="pattern">A regular expression.</param>
    /// <param name="limit">How long to wait.</param>
    /// <param name="after">Only lines after this many.</param>
    public async Task<OutputLine> WaitForLineAsync(string pattern, TimeSpan limit, int after = 0)
    {
        using CancellationTokenSource timeout = new(limit);
        Regex regex = new(pattern, RegexOptions.CultureInvariant);
        int next = after;
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                for (; next < _lines.Count; next++)
                {
                    if (regex.IsMatch(_lines[next].Text))
                    {
                        return _lines[next];
                    }
                }

                if (_outputEnded)
                {
                    throw Failure($"ended without a line like \"{pattern}\"");
                }

                changed = _changed.Task;
            }

            try
            {
                await changed.WaitAsync(timeout.Token);
            }
            catch (OperationCanceledException)
            {
                throw Failure($"printed no line like \"{pattern}\" in {limit.TotalSeconds} s");
            }
        }
    }

    /// <summary>Waits for the program's end and returns its exit code.</summary>
    public async Task<int> WaitForExitAsync(TimeSpan limit)
    {
        using CancellationTokenSource timeout = new(limit);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
            await _reading.WaitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            throw Failure($"did not end in {limit.TotalSeconds} s");
        }

        return _process.ExitCode;
    }

    /// <summary>SIGKILL, to this process alone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await WaitForExitAsync(TestLimits.Step);
    }

    /// <summary>SIGTERM, to this process alone; returns the exit code.</summary>
    public async Task<int> TerminateAsync(TimeSpan limit)
    {
        await RunAsync("bash", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -TERM {_process.Id}")], TestLimits.Step);
        return await WaitForExitAsync(limit);
    }

    /// <summary>An error that carries the output so far.</summary>
    public AssertionException Failure(string what) => new($"{_name} {what}. Its output:{Environment.NewLine}{Output()}");

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        try
        {
            if (!_process.HasExited)
            {
                _process.Kill();
            }

            await WaitForExitAsync(TestLimits.Step);
        }
        finally
        {
            await TestContext.Out.WriteLineAsync($"{_name}:{Environment.NewLine}{Output()}");
            if (Environment.GetEnvironmentVariable("CONNET_E2E_LOGS") is { Length: > 0 } folder && _name.All(char.IsAsciiLetterOrDigit))
            {
                string file = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{_process.Id}-{_name}.log");
                await File.WriteAllTextAsync(Path.Combine(Directory.CreateDirectory(folder).FullName, file), Output());
            }

            _process.Dispose();
        }
    }

    private async Task ReadAllAsync()
    {
        await Task.WhenAll(ReadAsync(_process.StandardOutput, isError: false), ReadAsync(_process.StandardError, isError: true));
        Change(() => _outputEnded = true);
    }

    private async Task ReadAsync(StreamReader reader, bool isError)
    {
        while (await reader.ReadLineAsync() is { } text)
        {
            OutputLine line = new(text, isError, Stopwatch.GetTimestamp());
            Change(() => _lines.Add(line));
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
            if (_lines.Count > LinesInLog)
            {
                text.Append(CultureInfo.InvariantCulture, $"  ({_lines.Count - LinesInLog} earlier lines left out)").AppendLine();
            }

            foreach (OutputLine line in _lines.TakeLast(LinesInLog))
            {
                double seconds = Stopwatch.GetElapsedTime(StartedAt, line.Time).TotalSeconds;
                text.Append(CultureInfo.InvariantCulture, $"  {seconds,8:F3} {(line.IsError ? "! " : "")}{line.Text}").AppendLine();
            }
        }

        return text.ToString();
    }
}
