namespace Connet.Client.Endpoints;

/// <summary>The files of an endpoint, as certificates and keys: read at the start, and again with <see cref="ConnetClient.ReloadFiles"/>. Thread safe.</summary>
public sealed class EndpointFiles
{
    private readonly Lock _lock = new();
    private readonly List<Func<Action>> _prepares = [];

    /// <summary>Reads files, now and whenever they are to be read again.</summary>
    /// <param name="read">Reads them; what it throws later leaves everything as it is.</param>
    /// <typeparam name="T">What is made of them.</typeparam>
    /// <returns>What was read last.</returns>
    public EndpointFile<T> Read<T>(Func<T> read)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(read);
        EndpointFile<T> file = new(read);
        lock (_lock)
        {
            _prepares.Add(file.Prepare);
        }

        return file;
    }

    /// <summary>Reads all of them.</summary>
    /// <returns>Puts what was read in place of what is there.</returns>
    /// <exception cref="ConnetEndpointException">One cannot be used. Nothing has changed.</exception>
    internal Action Prepare()
    {
        Func<Action>[] prepares;
        lock (_lock)
        {
            prepares = [.. _prepares];
        }

        Action[] changes = [.. prepares.Select(prepare => prepare())];
        return () => Array.ForEach(changes, change => change());
    }
}
