using System.Security.Cryptography;
using Microsoft.Data.Sqlite;

namespace Connet.Control.Sqlite.Tests;

/// <summary>Announcements in the durable store, and files of the versions before.</summary>
public sealed class AnnouncementTableTests
{
    private static readonly DateTimeOffset s_noon = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public async Task Announcements_are_there_after_reopening_as_they_were_written()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("control.db");
        StoredAnnouncement plain = Announcement("web", ControlEndpointRole.Destination);
        StoredAnnouncement lost = plain with { Role = ControlEndpointRole.Source, LostAt = s_noon.AddSeconds(1.2345678), Peer = Array.Empty<byte>() };
        StoredAnnouncement strange = plain with { Endpoint = "a\0b\u00fc\U0001f600 '; DROP TABLE state; --", TokenTag = "" };
        StoredAnnouncement cut = plain with { Endpoint = "a" };
        await using (SqliteControlStore store = await SqliteControlStore.OpenAsync(path))
        {
            Assert.That(await store.GetAnnouncementsAsync(), Is.Empty);
            await store.SaveAnnouncementsAsync([plain, lost, strange, cut], []);
            await store.SaveAnnouncementsAsync([plain with { Peer = new byte[] { 9 }, LostAt = s_noon, Since = s_noon.AddDays(1), TokenTag = "t" }], [Key(cut), new("nobody", "web", ControlEndpointRole.Source)]);
            await store.SaveAnnouncementsAsync([], []);
        }

        await using SqliteControlStore again = await SqliteControlStore.OpenAsync(path);
        IReadOnlyList<StoredAnnouncement> read = await again.GetAnnouncementsAsync();
        Assert.That(read.Select(Text), Is.EquivalentTo(new[]
        {
            Text(plain with { Peer = new byte[] { 9 }, LostAt = s_noon, Since = s_noon.AddDays(1), TokenTag = "t" }),
            Text(lost),
            Text(strange),
        }));
    }

    [Test]
    public async Task A_write_that_fails_has_written_nothing_of_it()
    {
        using TemporaryFolder folder = new();
        await using SqliteControlStore store = await SqliteControlStore.OpenAsync(folder.File("control.db"));
        await store.SaveAnnouncementsAsync([Announcement("kept", ControlEndpointRole.Source)], []);
        Execute(store.Connection, "CREATE TRIGGER refuse BEFORE INSERT ON announcements WHEN NEW.role = 1 BEGIN SELECT RAISE(ABORT, 'refused'); END");
        StoredAnnouncement[] changed = [Announcement("new", ControlEndpointRole.Source), Announcement("new", ControlEndpointRole.Destination)];
        ControlStoreException? failure = Assert.ThrowsAsync<ControlStoreException>(
            async () => await store.SaveAnnouncementsAsync(changed, [Key(Announcement("kept", ControlEndpointRole.Source))]));
        Assert.That(failure!.Message, Does.Contain("control.db").And.Not.Contain("\n"));
        Assert.That((await store.GetAnnouncementsAsync()).Select(each => each.Endpoint), Is.EqualTo(new[] { "kept" }));
    }

    [Test]
    public async Task A_file_of_the_version_before_is_brought_up_to_date_in_place()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("control.db");
        MakeFirstVersion(path);
        await using (SqliteControlStore store = await SqliteControlStore.OpenAsync(path))
        {
            Assert.That(await store.GetAsync("control-id"), Is.EqualTo(new byte[] { 1, 2, 3 }), "what was there stays");
            Assert.That(await store.GetAnnouncementsAsync(), Is.Empty);
            await store.SaveAnnouncementsAsync([Announcement("web", ControlEndpointRole.Source)], []);
        }

        await using SqliteControlStore again = await SqliteControlStore.OpenAsync(path);
        Assert.That(await again.GetAsync("control-id"), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(await again.GetAnnouncementsAsync(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_damaged_file_of_the_version_before_is_named_and_left_alone()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("control.db");
        MakeFirstVersion(path);
        byte[] bytes = await File.ReadAllBytesAsync(path);
        bytes.AsSpan(4096).Fill(0xa5);
        await File.WriteAllBytesAsync(path, bytes);
        await AssertDamagedAsync(path);
    }

    [Test]
    public async Task Damage_among_the_announcements_is_named_and_left_alone()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("control.db");
        long page;
        await using (SqliteControlStore store = await SqliteControlStore.OpenAsync(path))
        {
            await store.SetAsync("a", new byte[] { 1 });
            await store.SaveAnnouncementsAsync(
                [.. Enumerable.Range(0, 100).Select(i => Announcement($"endpoint {i}", ControlEndpointRole.Source) with { Peer = RandomNumberGenerator.GetBytes(500) })], []);
            using SqliteCommand command = store.Connection.CreateCommand();
            command.CommandText = "SELECT rootpage FROM sqlite_master WHERE name = 'announcements'";
            page = (long)command.ExecuteScalar()!;
        }

        // The root of the table alone.
        byte[] bytes = await File.ReadAllBytesAsync(path);
        bytes.AsSpan((int)(page - 1) * 4096, 4096).Fill(0xa5);
        await File.WriteAllBytesAsync(path, bytes);
        await AssertDamagedAsync(path);
    }

    [TestCase("DROP TABLE announcements")]
    [TestCase("DROP TABLE state")]
    [TestCase("ALTER TABLE announcements DROP COLUMN lost")]
    [TestCase("ALTER TABLE announcements RENAME COLUMN peer TO other")]
    public async Task A_file_without_its_tables_is_named_and_not_repaired(string change)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("control.db");
        await (await SqliteControlStore.OpenAsync(path)).DisposeAsync();
        Change(path, change);
        await AssertDamagedAsync(path);
    }

    [TestCase("UPDATE announcements SET since = -1")]
    [TestCase("UPDATE announcements SET lost = 9223372036854775807")]
    [TestCase("UPDATE announcements SET peer = 'text'")]
    [TestCase("UPDATE announcements SET since = 'yesterday'")]
    [TestCase("UPDATE announcements SET role = 99999999999")]
    public async Task A_row_that_was_never_written_is_named(string change)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("control.db");
        await using (SqliteControlStore store = await SqliteControlStore.OpenAsync(path))
        {
            await store.SaveAnnouncementsAsync([Announcement("web", ControlEndpointRole.Source)], []);
        }

        Change(path, change);
        await using SqliteControlStore again = await SqliteControlStore.OpenAsync(path);
        ControlStoreException? failure = Assert.ThrowsAsync<ControlStoreException>(async () => await again.GetAnnouncementsAsync());
        Assert.That(failure!.Message, Does.Contain(path).And.Contain("is damaged").And.Not.Contain("\n"));
    }

    private static StoredAnnouncement Announcement(string endpoint, ControlEndpointRole role) => new()
    {
        ClientId = "client",
        Endpoint = endpoint,
        Role = role,
        Peer = new byte[] { 1, 2, 3 },
        TokenTag = "0011AABB",
        Since = s_noon,
    };

    private static StoredAnnouncementKey Key(StoredAnnouncement announcement) => new(announcement.ClientId, announcement.Endpoint, announcement.Role);

    /// <summary>Everything, so that two are the same if their texts are.</summary>
    private static string Text(StoredAnnouncement each) =>
        $"{each.ClientId}|{each.Endpoint}|{each.Role}|{Convert.ToHexString(each.Peer.Span)}|{each.TokenTag}|{each.Since.UtcTicks}|{each.LostAt?.UtcTicks}";

    private static async Task AssertDamagedAsync(string path)
    {
        byte[] before = await File.ReadAllBytesAsync(path);
        ControlStoreException? failure = Assert.ThrowsAsync<ControlStoreException>(async () => await SqliteControlStore.OpenAsync(path));
        Assert.That(failure!.Message, Does.Contain(path).And.Contain("is damaged").And.Not.Contain("\n"));
        Assert.That(await File.ReadAllBytesAsync(path), Is.EqualTo(before));
    }

    /// <summary>As version 1 made it, word for word.</summary>
    private static void MakeFirstVersion(string path) => Change(path, """
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        BEGIN IMMEDIATE;
        CREATE TABLE state (key TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
        PRAGMA application_id = 1129202515;
        PRAGMA user_version = 1;
        COMMIT;
        INSERT INTO state (key, value) VALUES ('control-id', x'010203');
        """);

    private static void Change(string path, string sql)
    {
        using SqliteConnection connection = new($"Data Source={path};Pooling=False");
        connection.Open();
        Execute(connection, sql);
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
