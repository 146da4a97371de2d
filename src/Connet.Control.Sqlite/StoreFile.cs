using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Connet.Control.Sqlite;

/// <summary>Opens the file of a store and says in one sentence why it cannot be used.</summary>
internal static class StoreFile
{
    /// <summary>"CNCS" in the header tells the file from those of other programs.</summary>
    private const long ApplicationId = 0x434E4353;

    private const long SchemaVersion = 2;

    private const long SchemaWithoutAnnouncements = 1;

    /// <summary>How long to wait for the process that has the file, in seconds: one that is being replaced ends soon.</summary>
    private const int BusyTimeout = 5;

    // Result codes of SQLite.
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int Error = 1;
    private const int Corrupt = 11;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    /// <exception cref="ControlStoreException">The file cannot be used.</exception>
    public static SqliteConnection Open(string path, int busySeconds = BusyTimeout)
    {
        Prepare(path);
        SqliteConnectionStringBuilder builder = new()
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
            DefaultTimeout = busySeconds,
        };
        SqliteConnection connection = new(builder.ConnectionString);
        try
        {
            connection.Open();
            Check(path, connection);
            return connection;
        }
        catch (SqliteException exception)
        {
            connection.Dispose();
            throw ToException(path, exception);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public static ControlStoreException ToException(string path, SqliteException exception) => exception.SqliteErrorCode switch
    {
        NotADatabase => Foreign(path, exception),
        Corrupt => Damaged(path, exception),
        Busy or Locked => new($"The control server's state file '{path}' is in use by another process: end that process, or use another file.", exception),
        ReadOnly or CannotOpen => new($"The control server's state file '{path}' cannot be opened for writing: check its folder and permissions.", exception),
        _ => new($"The control server's state file '{path}' cannot be used: {exception.Message.TrimEnd('.')}.", exception),
    };

    public static ControlStoreException Damaged(string path, Exception? cause) =>
        new($"The control server's state file '{path}' is damaged: restore it from a copy, or remove it to start with a new identity.", cause);

    /// <summary>Makes the folder, and the file before SQLite does: the secrets in it are for the owner alone.</summary>
    private static void Prepare(string path)
    {
        try
        {
            string folder = Path.GetDirectoryName(path)!;
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder);
                return;
            }

            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            if (!File.Exists(path))
            {
                FileStreamOptions options = new()
                {
                    Mode = FileMode.OpenOrCreate,
                    Access = FileAccess.Write,
                    UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                };
                using FileStream file = new(path, options);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ControlStoreException($"The control server's state file '{path}' cannot be made: {exception.Message}", exception);
        }
    }

    private static void Check(string path, SqliteConnection connection)
    {
        // The lock is kept: two servers with one identity would each undo what the other tells the relays.
        Execute(connection, "PRAGMA locking_mode = EXCLUSIVE");
        long application = ReadNumber(connection, "PRAGMA application_id");
        long version = ReadNumber(connection, "PRAGMA user_version");
        bool isNew = application == 0 && version == 0 && ReadNumber(connection, "SELECT count(*) FROM sqlite_master") == 0;
        if (!isNew && application != ApplicationId)
        {
            throw Foreign(path, null);
        }

        if (version > SchemaVersion)
        {
            throw new ControlStoreException(
                $"The control server's state file '{path}' was written by a newer version (schema {version}, this one knows {SchemaVersion}): use that version, or another file.");
        }

        // Before anything is written: a damaged file stays as it is, for whoever restores it.
        if (ReadText(connection, "PRAGMA quick_check(1)") is not "ok")
        {
            throw Damaged(path, null);
        }

        Execute(connection, "PRAGMA journal_mode = WAL");
        Execute(connection, "PRAGMA synchronous = FULL");
        if (isNew)
        {
            // One transaction: a crash leaves a complete schema or an empty file, which is a new one again.
            Execute(
                connection,
                string.Create(CultureInfo.InvariantCulture, $"""
                    BEGIN IMMEDIATE;
                    CREATE TABLE state (key TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
                    {AnnouncementTable.Create}
                    PRAGMA application_id = {ApplicationId};
                    PRAGMA user_version = {SchemaVersion};
                    COMMIT;
                    """));
        }
        else if (version == SchemaWithoutAnnouncements)
        {
            Execute(
                connection,
                string.Create(CultureInfo.InvariantCulture, $"""
                    BEGIN IMMEDIATE;
                    {AnnouncementTable.Create}
                    PRAGMA user_version = {SchemaVersion};
                    COMMIT;
                    """));
        }

        CheckTables(path, connection);
    }

    /// <summary>A file that says that it is ours has our tables, or somebody has changed it.</summary>
    private static void CheckTables(string path, SqliteConnection connection)
    {
        try
        {
            Execute(connection, "SELECT key, value FROM state LIMIT 0");
            Execute(connection, AnnouncementTable.Probe);
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode == Error)
        {
            throw Damaged(path, exception);
        }
    }

    private static ControlStoreException Foreign(string path, Exception? cause) =>
        new($"The file '{path}' is not a control server's state: it was left as it is, use another file.", cause);

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static object? Read(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    private static long ReadNumber(SqliteConnection connection, string sql) => Convert.ToInt64(Read(connection, sql), CultureInfo.InvariantCulture);

    private static string? ReadText(SqliteConnection connection, string sql) => Convert.ToString(Read(connection, sql), CultureInfo.InvariantCulture);
}
