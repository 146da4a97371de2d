namespace Connet.Quic.Core.Tls;

/// <summary>
/// Lends a platform key to one user at a time, because the platform does not promise that two may sign with one object
/// at once. One object is kept; whoever comes while it is out imports another, so nobody waits.
/// </summary>
internal sealed class KeyLease<TKey>(Func<TKey> import)
    where TKey : class, IDisposable
{
    private TKey? _spare;

    public TKey Rent() => Interlocked.Exchange(ref _spare, null) ?? import();

    public void Return(TKey key)
    {
        if (Interlocked.CompareExchange(ref _spare, key, null) is not null)
        {
            key.Dispose();
        }
    }
}
