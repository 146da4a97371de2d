namespace Connet.Architecture.Tests.Samples.Api;

/// <summary>Breaks each convention of the public API once.</summary>
public sealed class BadApi
{
    public ValueTask NoTokenAsync() => ValueTask.CompletedTask;

#pragma warning disable CA1068 // the misplaced token is the point
    public Task<int> TokenFirstAsync(CancellationToken cancellationToken, int value) => Task.FromResult(value);
#pragma warning restore CA1068

    public ValueTask Unnamed(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public int NothingToAwaitAsync(CancellationToken cancellationToken) => 0;

    /// <summary>Neither sealed, static nor abstract.</summary>
    public class Open;
}
