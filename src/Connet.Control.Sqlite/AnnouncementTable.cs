using System.Text;
using Microsoft.Data.Sqlite;

namespace Connet.Control.Sqlite;

/// <summary>The table of what clients announce. Names of endpoints are bytes: peers choose them, and text in SQLite ends at a zero.</summary>
internal static class AnnouncementTable
{
    /// <summary>The statement that makes it.</summary>
    public const string Create = """
        CREATE TABLE announcements (
            client TEXT NOT NULL, endpoint BLOB NOT NULL, role INTEGER NOT NULL, peer BLOB NOT NULL, token TEXT NOT NULL,
            since INTEGER NOT NULL, lost INTEGER, PRIMARY KEY (client, endpoint, role)) WITHOUT ROWID;
        """;

    /// <summary>Reads nothing, and fails if the table is not as <see cref="Create"/> makes it.</summary>
    public const string Probe = "SELECT client, endpoint, role, peer, token, since, lost FROM announcements LIMIT 0";

    private const string Upsert = """
        INSERT INTO announcements (client, endpoint, role, peer, token, since, lost) VALUES ($client, $endpoint, $role, $peer, $token, $since, $lost)
        ON CONFLICT (client, endpoint, role) DO UPDATE SET peer = excluded.peer, token = excluded.token, since = excluded.since, lost = excluded.lost
        """;

    /// <summary>Reads everything.</summary>
    /// <exception cref="FormatException">A row holds what was never written there.</exception>
    public static List<StoredAnnouncement> Read(SqliteConnection connection)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT client, endpoint, role, peer, token, since, lost FROM announcements";
        using SqliteDataReader reader = command.ExecuteReader();
        List<StoredAnnouncement> read = [];
        while (reader.Read())
        {
            read.Add(new StoredAnnouncement
            {
                ClientId = reader.GetString(0),
                Endpoint = Encoding.UTF8.GetString(Bytes(reader, 1)),
                Role = (ControlEndpointRole)reader.GetInt32(2),
                Peer = Bytes(reader, 3),
                TokenTag = reader.GetString(4),
                Since = Time(reader.GetInt64(5)),
                LostAt = reader.IsDBNull(6) ? null : Time(reader.GetInt64(6)),
            });
        }

        return read;
    }

    /// <summary>Writes and removes in one transaction.</summary>
    public static void Save(
        SqliteConnection connection, IReadOnlyCollection<StoredAnnouncement> changed, IReadOnlyCollection<StoredAnnouncementKey> removed)
    {
        using SqliteTransaction transaction = connection.BeginTransaction();
        using (SqliteCommand upsert = Command(connection, transaction, Upsert))
        {
            foreach (StoredAnnouncement each in changed)
            {
                Bind(upsert, each.ClientId, each.Endpoint, each.Role);
                upsert.Parameters.AddWithValue("$peer", each.Peer.ToArray());
                upsert.Parameters.AddWithValue("$token", each.TokenTag);
                upsert.Parameters.AddWithValue("$since", each.Since.UtcTicks);
                upsert.Parameters.AddWithValue("$lost", each.LostAt is { } lost ? lost.UtcTicks : DBNull.Value);
                upsert.ExecuteNonQuery();
            }
        }

        using (SqliteCommand delete = Command(
            connection, transaction, "DELETE FROM announcements WHERE client = $client AND endpoint = $endpoint AND role = $role"))
        {
            foreach (StoredAnnouncementKey each in removed)
            {
                Bind(delete, each.ClientId, each.Endpoint, each.Role);
                delete.ExecuteNonQuery();
            }
        }

        transaction.Commit();
    }

    private static SqliteCommand Command(SqliteConnection connection, SqliteTransaction transaction, string sql)
    {
        SqliteCommand command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        return command;
    }

    private static void Bind(SqliteCommand command, string client, string endpoint, ControlEndpointRole role)
    {
        command.Parameters.Clear();
        command.Parameters.AddWithValue("$client", client);
        command.Parameters.AddWithValue("$endpoint", Encoding.UTF8.GetBytes(endpoint));
        command.Parameters.AddWithValue("$role", (int)role);
    }

    private static byte[] Bytes(SqliteDataReader reader, int column) =>
        reader.GetValue(column) as byte[] ?? throw new FormatException($"Column {column} of an announcement holds no bytes.");

    private static DateTimeOffset Time(long ticks) =>
        ticks > 0 && ticks <= DateTimeOffset.MaxValue.UtcTicks
            ? new DateTimeOffset(ticks, TimeSpan.Zero)
            : throw new FormatException($"An announcement has the time {ticks}, which is none.");
}
