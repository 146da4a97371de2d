using Connet.Cli.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Connet.Cli.Reloading;

/// <summary>Reads settings anew whenever that is asked for. Settings that are not good cost one error line, and nothing else.</summary>
/// <param name="trigger">When.</param>
/// <param name="reload">Reads them and puts them into effect; whatever it throws means that the old ones hold.</param>
/// <param name="logger">Where the outcome is logged.</param>
internal sealed class Reloader(ReloadTrigger trigger, Func<CancellationToken, ValueTask> reload, ILogger logger)
{
    /// <summary>Runs until the token is cancelled. Never faults.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await trigger.WaitAsync(cancellationToken);
                await ReloadAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The command ends.
        }
    }

    private async ValueTask ReloadAsync(CancellationToken cancellationToken)
    {
        try
        {
            await reload(cancellationToken);
            CliLog.Reloaded(logger);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            CliLog.ReloadFailed(logger, ErrorLine.Reason(exception));
        }
    }
}
