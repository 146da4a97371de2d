namespace Connet.Architecture.Tests.Samples.Api;

/// <summary>Keeps the conventions, with each kind of method that they leave alone.</summary>
public sealed class GoodApi : MemoryStream, IAsyncDisposable
{
    public Task Completion => Task.CompletedTask;

    public ValueTask SendAsync(int value, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    public IAsyncEnumerable<int> ReadAllAsync(CancellationToken cancellationToken = default) => AsyncEnumerable.Empty<int>();

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => Task.FromResult(0);

    ValueTask IAsyncDisposable.DisposeAsync() => base.DisposeAsync();
}
