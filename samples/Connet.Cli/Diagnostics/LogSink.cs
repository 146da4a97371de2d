using Microsoft.Extensions.Logging;

namespace Connet.Cli.Diagnostics;

/// <summary>
/// Takes log lines to stderr. Until the command is up, lines are held back: if it cannot start, the one line that says why stands alone. A
/// warning ends that early, for it may be the reason that the start takes long. Thread safe.
/// </summary>
internal sealed class LogSink(TextWriter output, bool hold)
{
    private readonly Lock _lock = new();
    private volatile LogLevel _level = LogLevel.Trace;
    private List<string>? _held = hold ? [] : null;

    /// <summary>The lowest level that is written; it may change at any time.</summary>
    public LogLevel Level { get => _level; set => _level = value; }

    /// <summary>Writes a line, or holds it back.</summary>
    /// <param name="line">The line.</param>
    /// <param name="releases">Nothing is held back any more, from this line on.</param>
    public void Write(string line, bool releases)
    {
        lock (_lock)
        {
            if (_held is null)
            {
                output.WriteLine(line);
                return;
            }

            _held.Add(line);
            if (releases)
            {
                Release();
            }
        }
    }

    /// <summary>Writes what was held back, and everything from now on.</summary>
    public void Release()
    {
        lock (_lock)
        {
            foreach (string line in _held ?? [])
            {
                output.WriteLine(line);
            }

            _held = null;
        }
    }
}
