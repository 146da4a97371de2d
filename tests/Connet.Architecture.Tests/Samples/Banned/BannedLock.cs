namespace Connet.Architecture.Tests.Samples.Banned;

internal sealed class BannedLock
{
    private readonly object _gate = new();
    private int _count;

    public void Run()
    {
        lock (_gate)
        {
            _count++;
        }
    }
}
