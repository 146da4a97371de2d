namespace Connet.Client.Control;

/// <summary>Tasks whose failure is reported elsewhere.</summary>
internal static class QuietTasks
{
    /// <summary>Completes in order when the task ends, however that is.</summary>
    public static async Task QuietlyAsync(Task task) =>
        await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
