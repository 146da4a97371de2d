using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Connet.Quic;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Connet.Control.Sqlite.Tests;

/// <summary>The durable store.</summary>
public sealed class SqliteControlStoreTests
{
    [Test]
    public async Task Values_are_there_after_reopening()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("new folder/control.db");
        await using (SqliteControlStore store = await SqliteControlStore.OpenAsync(path))
        {
            Assert.That(await store.GetAsync("a"), Is.Null);
            await store.SetAsync("a", new byte[] { 1 });
            await store.SetAsync("a", new byte[] { 2, 3 });
            await store.SetAsync("empty", Array.Empty<byte>());
            await store.SetAsync("gone", new byte[] { 9 });
            await store.RemoveAsync("gone");
            await store.RemoveAsync("never there");
            Assert.That(await store.GetOrAddAsync("b", new byte[] { 4 }), Is.EqualTo(new byte[] { 4 }));
            Assert.That(await store.GetOrAddAsync("b", new byte[] { 5 }), Is.EqualTo(new byte[] { 4 }));
        }

        await using SqliteControlStore again = await SqliteControlStore.OpenAsync(path);
        Assert.That(await again.GetAsync("a"), Is.EqualTo(new byte[] { 2, 3 }));
        Assert.That(await again.GetAsync("A"), Is.Null);
        Assert.That(await again.GetAsync("b"), Is.EqualTo(new byte[] { 4 }));
        Assert.That(await again.GetAsync("empty"), Is.Empty);
        Assert.That(await again.GetAsync("gone"), Is.Null);
    }

    [Test]
    public async Task Acknowledged_writes_are_synchronous_and_go_through_a_log()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("control.db");
        await using SqliteControlStore store = await SqliteControlStore.OpenAsync(path);
        await store.SetAsync("a", new byte[] { 1 });
        Assert.That(File.Exists(path + "-wal"), Is.True);
        SqliteConnection connection = store.Connection;
        Assert.That(Scalar(connection, "PRAGMA journal_mode"), Is.EqualTo("wal"));
        Assert.That(Scalar(connection, "PRAGMA synchronous"), Is.EqualTo(2), "FULL");
    }

    [Test]
    [Platform(Exclude = "Win")]
    public async Task The_files_are_for_their_owner_alone()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("control.db");
        await using SqliteControlStore store = await SqliteControlStore.OpenAsync(path);
        await store.SetAsync("a", new byte[] { 1 });
        foreach (string file in new[] { path, path + "-wal" })
        {
#pragma warning disable CA1416 // Not run on Windows.
            Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite), file);
#pragma warning restore CA1416
        }
    }

    [Test]
    public async Task Of_many_writers_of_one_key_one_wins()
    {
        using TemporaryFolder folder = new();
        await using SqliteControlStore store = await SqliteControlStore.OpenAsync(folder.File("control.db"));
        byte[][] values = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => store.GetOrAddAsync("a", new[] { (byte)i }).AsTask()));
        Assert.That(values.Select(value => value[0]).Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_file_that_is_no_database_is_named_and_left_alone()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("control.db");
        await File.WriteAllTextAsync(path, string.Concat(Enumerable.Repeat("this is something else entirely\n", 200)));
        await AssertRefusedAsync(path, "is not a control server's state");
    }

    [Test]
    public async Task A_database_of_another_program_is_named_and_left_alone()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("control.db");
        Change(path, "CREATE TABLE books (title TEXT); INSERT INTO books VALUES ('one')");
        await AssertRefusedAsync(path, "is not a control server's state");
    }

    [Test]
    public async Task A_file_of_a_newer_version_is_named_and_left_alone()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("control.db");
        await (await SqliteControlStore.OpenAsync(path)).DisposeAsync();
        Change(path, "PRAGMA user_version = 3");
        await AssertRefusedAsync(path, "newer version");
    }

    [Test]
    public async Task A_damaged_file_is_named_and_left_alone()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("control.db");
        await using (SqliteControlStore store = await SqliteControlStore.OpenAsync(path))
        {
            for (int i = 0; i < 200; i++)
            {
                await store.SetAsync($"key {i}", RandomNumberGenerator.GetBytes(200));
            }
        }

        // The pages of the table, not the header.
        byte[] bytes = await File.ReadAllBytesAsync(path);
        bytes.AsSpan(4096).Fill(0xa5);
        await File.WriteAllBytesAsync(path, bytes);
        await AssertRefusedAsync(path, "is damaged");

        // Cut off in the middle.
        await File.WriteAllBytesAsync(path, bytes[..5000]);
        await AssertRefusedAsync(path, "is damaged");
    }

    [Test]
    public async Task An_empty_file_is_a_new_one()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("control.db");
        await File.WriteAllBytesAsync(path, []);
        await using SqliteControlStore store = await SqliteControlStore.OpenAsync(path);
        await store.SetAsync("a", new byte[] { 1 });
    }

    [Test]
    public async Task A_path_that_cannot_be_a_file_is_named()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("control.db"));
        ControlStoreException? exception = Assert.ThrowsAsync<ControlStoreException>(async () => await SqliteControlStore.OpenAsync(folder.File("control.db")));
        Assert.That(exception!.Message, Does.Contain(folder.File("control.db")).And.Not.Contain("\n"));
        await File.WriteAllTextAsync(folder.File("file"), "");
        exception = Assert.ThrowsAsync<ControlStoreException>(async () => await SqliteControlStore.OpenAsync(folder.File("file/control.db")));
        Assert.That(exception!.Message, Does.Contain(folder.File("file/control.db")));
    }

    [Test]
    public async Task A_file_in_use_is_named()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("control.db");
        await using SqliteControlStore store = await SqliteControlStore.OpenAsync(path);
        ControlStoreException? exception = Assert.Throws<ControlStoreException>(() => StoreFile.Open(path, busySeconds: 1));
        Assert.That(exception!.Message, Does.Contain(path).And.Contain("in use"));
        await store.SetAsync("a", new byte[] { 1 });
    }

    [Test]
    public async Task A_disposed_store_says_so()
    {
        using TemporaryFolder folder = new();
        SqliteControlStore store = await SqliteControlStore.OpenAsync(folder.File("control.db"));
        await store.DisposeAsync();
        await store.DisposeAsync();
        Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.GetAsync("a"));
    }

    [Test]
    public async Task A_server_keeps_its_id_and_reset_keys()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("control.db");
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=control", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        List<(string Id, string ResetKey)> seen = [];
        for (int i = 0; i < 2; i++)
        {
            await using SqliteControlStore store = await SqliteControlStore.OpenAsync(path);
            ControlServerOptions options = new() { Certificate = QuicCertificate.FromX509Certificate(certificate), Store = store };
            options.ClientTokens.Add("token");
            string resetKey = "";
            options.ClientIngresses.Add(new ControlIngressOptions
            {
                Address = "127.0.0.1:0",
                ConfigureEndpoint = endpoint => resetKey = Convert.ToHexString(endpoint.StatelessResetKey!.Value.Span),
            });
            await using ControlServer server = await ControlServer.StartAsync(options);
            seen.Add((server.Id, resetKey));
        }

        Assert.That(seen[1], Is.EqualTo(seen[0]));
        Assert.That(seen[0].Id, Does.EndWith(".relay.control.invalid"));
    }

    [Test]
    public async Task The_container_opens_the_file_when_it_is_asked_and_closes_it()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("control.db");
        ServiceCollection services = new();
        services.AddConnetControlSqliteStore(path);
        using (ServiceProvider provider = services.BuildServiceProvider())
        {
            Assert.That(File.Exists(path), Is.False);
            await provider.GetRequiredService<IControlStore>().SetAsync("a", new byte[] { 1 });
        }

        await using SqliteControlStore store = await SqliteControlStore.OpenAsync(path);
        Assert.That(await store.GetAsync("a"), Is.EqualTo(new byte[] { 1 }));
    }

    private static async Task AssertRefusedAsync(string path, string reason)
    {
        byte[] before = await File.ReadAllBytesAsync(path);
        ControlStoreException? exception = Assert.ThrowsAsync<ControlStoreException>(async () => await SqliteControlStore.OpenAsync(path));
        Assert.That(exception!.Message, Does.Contain(path).And.Contain(reason));
        Assert.That(exception.Message, Does.Not.Contain("\n"));
        Assert.That(await File.ReadAllBytesAsync(path), Is.EqualTo(before));
    }

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    private static void Change(string path, string sql)
    {
        using SqliteConnection connection = new($"Data Source={path};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
