namespace Connet.Client.Endpoints;

/// <summary>What was made of files, and is made anew when they are read again. Thread safe.</summary>
/// <typeparam name="T">What it is, as the options of a TLS server.</typeparam>
public sealed class EndpointFile<T>
    where T : class
{
    private readonly Func<T> _read;
    private volatile T _current;

    internal EndpointFile(Func<T> read) => (_read, _current) = (read, read());

    /// <summary>What the files held when they were last read. Ask for each connection: what has begun goes on with what it began with.</summary>
    public T Current => _current;

    /// <summary>Reads the files.</summary>
    /// <returns>Puts what was read in place of the current.</returns>
    internal Action Prepare()
    {
        T next = _read();
        return () => _current = next;
    }
}
