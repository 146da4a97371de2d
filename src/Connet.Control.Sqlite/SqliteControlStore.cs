using Microsoft.Data.Sqlite;

namespace Connet.Control.Sqlite;

/// <summary>
/// Keeps a control server's state in one SQLite file. A write is on the disk when its task completes: a crash at any instant loses
/// nothing that was acknowledged. One process at a time may have the file open. Thread safe.
/// </summary>
public sealed class SqliteControlStore : IControlStore, IAsyncDisposable, IDisposable
{
    private readonly string _path;
    private readonly SqliteConnection _connection;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private bool _isDisposed;

    private SqliteControlStore(string path, SqliteConnection connection)
    {
        _path = path;
        _connection = connection;
    }

    /// <summary>For tests.</summary>
    internal SqliteConnection Connection => _connection;

    /// <summary>Opens a file, making it and its folder if there is none. A file that is not a control server's is left as it is.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The store; dispose it after the server that uses it.</returns>
    /// <exception cref="ControlStoreException">The file cannot be opened, is damaged, belongs to another program or a newer version, or is in use.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async ValueTask<SqliteControlStore> OpenAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = Path.GetFullPath(path);
        return await Task.Run(() => Open(full), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        return RunAsync(() => Read(key), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<byte[]> GetOrAddAsync(string key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        byte[] copy = value.ToArray();
        return RunAsync(
            () =>
            {
                if (Read(key) is { } there)
                {
                    return there;
                }

                Execute("INSERT INTO state (key, value) VALUES ($key, $value) ON CONFLICT (key) DO NOTHING", key, copy);
                return Read(key) ?? copy;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask SetAsync(string key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        byte[] copy = value.ToArray();
        const string Sql = "INSERT INTO state (key, value) VALUES ($key, $value) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        await RunAsync(() => Execute(Sql, key, copy), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        await RunAsync(() => Execute("DELETE FROM state WHERE key = $key", key, null), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StoredAnnouncement>> GetAnnouncementsAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await RunAsync(() => AnnouncementTable.Read(_connection), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is FormatException or InvalidCastException or OverflowException)
        {
            throw StoreFile.Damaged(_path, exception);
        }
    }

    /// <inheritdoc/>
    public async ValueTask SaveAnnouncementsAsync(
        IReadOnlyCollection<StoredAnnouncement> changed, IReadOnlyCollection<StoredAnnouncementKey> removed, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(changed);
        ArgumentNullException.ThrowIfNull(removed);
        await RunAsync(
            () =>
            {
                AnnouncementTable.Save(_connection, changed, removed);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Closes the file.</summary>
    /// <returns>A task that completes when it is closed.</returns>
    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            _isDisposed = true;
            await _connection.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Closes the file, waiting for a write that is under way: for containers that are not disposed asynchronously.</summary>
    public void Dispose()
    {
        _gate.Wait();
        try
        {
            _isDisposed = true;
            _connection.Dispose();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Names the file.</summary>
    public override string ToString() => $"control server state in '{_path}'";

    /// <exception cref="ControlStoreException">The file cannot be used.</exception>
    internal static SqliteControlStore Open(string path) => new(path, StoreFile.Open(path));

    /// <summary>A write waits for the disk: not on the caller's thread.</summary>
    private async ValueTask<T> RunAsync<T>(Func<T> action, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return await Task.Run(action, CancellationToken.None).ConfigureAwait(false);
        }
        catch (SqliteException exception)
        {
            throw StoreFile.ToException(_path, exception);
        }
        finally
        {
            _gate.Release();
        }
    }

    private byte[]? Read(string key)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = "SELECT value FROM state WHERE key = $key";
        command.Parameters.AddWithValue("$key", key);
        return (byte[]?)command.ExecuteScalar();
    }

    private int Execute(string sql, string key, byte[]? value)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("$key", key);
        if (value is not null)
        {
            command.Parameters.AddWithValue("$value", value);
        }

        return command.ExecuteNonQuery();
    }
}
