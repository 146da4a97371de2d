using System.Diagnostics;
using System.Globalization;

namespace Connet.Cli.Tests.Processes;

/// <summary>The built command as a process. Every wait is bounded.</summary>
internal sealed class ConnetProcess : IAsyncDisposable
{
    /// <summary>For machines that are busy with other tests.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];
    private readonly Task _reading;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ConnetProcess(ProcessStartInfo start)
    {
        _process = Process.Start(start)!;
        _process.StandardInput.Close();
        _reading = Task.WhenAll(ReadAsync(_process.StandardOutput, _output), ReadAsync(_process.StandardError, _errors));
    }

    /// <summary>The lines on stdout so far.</summary>
    public string[] Output => Copy(_output);

    /// <summary>The lines on stderr so far.</summary>
    public string[] Errors => Copy(_errors);

    /// <summary>Starts the command.</summary>
    /// <param name="folder">Where it runs, and keeps its state.</param>
    /// <param name="arguments">The command line.</param>
    public static ConnetProcess Start(string folder, params string[] arguments)
    {
        string[] command = [.. DefaultInterrupt(), "dotnet", Path.Combine(AppContext.BaseDirectory, "connet.dll"), .. arguments];
        ProcessStartInfo start = new(command[0], command[1..])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["CONNET_CACHE_DIR"] = folder;
        start.Environment.Remove("CONNET_TOKEN");
        start.Environment.Remove("CONNET_STATE_DIR");
        start.Environment.Remove("STATE_DIRECTORY");
        return new ConnetProcess(start);
    }

    /// <summary>Waits for a line on either stream that contains a text, and returns it.</summary>
    public async Task<string> WaitForLineAsync(string text)
    {
        using CancellationTokenSource limit = new(Limit);
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_output.Concat(_errors).FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)) is { } found)
                {
                    return found;
                }

                changed = _changed.Task;
            }

            if (await Task.WhenAny(changed, _reading).WaitAsync(limit.Token) == _reading && changed == _changed.Task)
            {
                throw new AssertionException($"The command ended without a line with '{text}':\n{this}");
            }
        }
    }

    /// <summary>Waits for the end, and returns the exit code.</summary>
    public async Task<int> WaitForExitAsync()
    {
        using CancellationTokenSource limit = new(Limit);
        await _process.WaitForExitAsync(limit.Token);
        await _reading.WaitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>Sends a signal (INT, TERM) to this process alone, and returns its exit code.</summary>
    public async Task<int> SignalAsync(string signal)
    {
        await SendAsync(signal);
        return await WaitForExitAsync();
    }

    /// <summary>Sends a signal (HUP) to this process alone.</summary>
    public async Task SendAsync(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        using CancellationTokenSource limit = new(Limit);
        await kill.WaitForExitAsync(limit.Token);
    }

    /// <summary>Ends the process, and shows what it printed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await WaitForExitAsync();
        }

        await TestContext.Out.WriteLineAsync(ToString());
        _process.Dispose();
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join('\n', [.. Output, .. Errors.Select(line => "! " + line)]);

    /// <summary>
    /// Shells start what runs in the background with SIGINT ignored, and whoever is started from there inherits that, as the tests and the command would.
    /// </summary>
    private static string[] DefaultInterrupt()
    {
        const ulong Interrupt = 1UL << 1;
        const string Field = "SigIgn:";
        if (!OperatingSystem.IsLinux())
        {
            return [];
        }

        string ignored = File.ReadLines("/proc/self/status").First(line => line.StartsWith(Field, StringComparison.Ordinal))[Field.Length..].Trim();
        return (ulong.Parse(ignored, NumberStyles.HexNumber, CultureInfo.InvariantCulture) & Interrupt) != 0 ? ["env", "--default-signal=INT"] : [];
    }

    private string[] Copy(List<string> lines)
    {
        lock (_lock)
        {
            return [.. lines];
        }
    }

    private async Task ReadAsync(StreamReader reader, List<string> lines)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_lock)
            {
                lines.Add(line);
                (changed, _changed) = (_changed, changed);
            }

            changed.SetResult();
        }
    }
}
