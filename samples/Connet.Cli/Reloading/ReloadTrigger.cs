using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace Connet.Cli.Reloading;

/// <summary>
/// Says when settings should be read anew: at SIGHUP at once, at a change of files once it has settled. Signals count from construction on. One
/// reader.
/// </summary>
internal sealed class ReloadTrigger : IAsyncDisposable
{
    /// <summary>How often files are looked at.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly FileWatch _files;
    private readonly PosixSignalRegistration? _signal;
    private readonly ITimer _timer;
    private readonly Channel<byte> _wakes =
        Channel.CreateBounded<byte>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private int _isAsked;

    /// <summary>Begins to watch.</summary>
    /// <param name="files">The files; used by the reader alone from now on.</param>
    /// <param name="clock">When to look at them.</param>
    public ReloadTrigger(FileWatch files, TimeProvider clock)
    {
        _files = files;
        _timer = clock.CreateTimer(_ => _wakes.Writer.TryWrite(0), null, Interval, Interval);

        // On Windows this is the signal of a console that closes, which nobody can stop.
        _signal = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnHangUp);
    }

    /// <summary>Asks for it as SIGHUP does.</summary>
    public void Ask()
    {
        Interlocked.Exchange(ref _isAsked, 1);
        _wakes.Writer.TryWrite(0);
    }

    /// <summary>Waits until settings should be read anew. What changes afterwards counts for the next wait.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _wakes.Reader.ReadAsync(cancellationToken);
            if (Interlocked.Exchange(ref _isAsked, 0) == 1)
            {
                _files.Accept();
                return;
            }

            if (_files.HasChanged())
            {
                return;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _signal?.Dispose();
        await _timer.DisposeAsync();
    }

    private void OnHangUp(PosixSignalContext context)
    {
        context.Cancel = true;
        Ask();
    }
}
