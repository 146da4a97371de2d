using System.Net.Sockets;
using Connet.Client.Endpoints;
using Connet.Client.Endpoints.Sockets;

namespace Connet.Client.Tests.Endpoints;

/// <summary>The listening side of <c>unix</c> with a tunnel in memory. Unix sockets know no reset; what takes its place is here.</summary>
public sealed class UnixSourceTests
{
    private static readonly EndpointContext s_context = new() { ShutdownTimeout = TimeSpan.FromMilliseconds(200) };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("connet-unix-");

    [OneTimeTearDown]
    public void RemoveFolder() => _folder.Delete(recursive: true);

    [Test]
    public async Task Bytes_and_ends_cross_both_ways()
    {
        await using SourceSetup setup = await StartAsync();
        using Socket user = await ConnectAsync(setup);
        FakeTunnel far = await setup.NextAsync();
        await user.SendBoundedAsync([1, 2, 3]);
        Assert.That(await far.ReadBoundedAsync(), Is.EqualTo(new byte[] { 1, 2, 3 }));
        user.Shutdown(SocketShutdown.Send);
        Assert.That(await far.ReadBoundedAsync(), Is.Empty);
        await far.WriteBoundedAsync([4]);
        Assert.That(await user.ReceiveBoundedAsync(), Is.EqualTo(new byte[] { 4 }));
        await far.CompleteWritesAsync(CancellationToken.None);
        Assert.That(await user.ReceiveBoundedAsync(), Is.Empty);
        await setup.Nears[0].Disposed.Task.WaitAsync(SocketPair.Patience);
    }

    /// <summary>The system reports an end; only one of both directions tells it from the end of one.</summary>
    [Test]
    public async Task A_reset_of_the_tunnel_closes_both_directions()
    {
        await using SourceSetup setup = await StartAsync();
        using Socket user = await ConnectAsync(setup);
        FakeTunnel far = await setup.NextAsync();
        far.Abort(77);
        Assert.That(await user.ReceiveErrorAsync(), Is.AnyOf(SocketError.Success, SocketError.ConnectionReset));
        Assert.That(async () => await user.SendBoundedAsync([1]), Throws.TypeOf<SocketException>());
        await setup.Nears[0].Disposed.Task.WaitAsync(SocketPair.Patience);
    }

    [Test]
    public async Task A_user_that_closes_with_unread_bytes_resets_both_directions()
    {
        await using SourceSetup setup = await StartAsync();
        Socket user = await ConnectAsync(setup);
        FakeTunnel far = await setup.NextAsync();
        await far.WriteBoundedAsync([1]);
        await ReadableAsync(user);
        user.Dispose();
        Assert.That(async () => await far.ReadBoundedAsync(), Throws.InstanceOf<IOException>().With.Message.EqualTo("0"));
        await setup.Nears[0].Disposed.Task.WaitAsync(SocketPair.Patience);
    }

    [Test]
    public async Task A_user_that_is_gone_is_noticed_by_the_next_bytes_for_it()
    {
        await using SourceSetup setup = await StartAsync();
        Socket user = await ConnectAsync(setup);
        FakeTunnel far = await setup.NextAsync();
        await user.SendBoundedAsync([1]);
        Assert.That(await far.ReadBoundedAsync(), Is.EqualTo(new byte[] { 1 }), "the dial is over, and nobody looks any more whether its user has gone");
        user.Dispose();
        Assert.That(await far.ReadBoundedAsync(), Is.Empty);
        await far.WriteBoundedAsync([1]);
        await setup.Nears[0].Disposed.Task.WaitAsync(SocketPair.Patience);
        Assert.That(async () => await far.WriteBoundedAsync([2]), Throws.InstanceOf<IOException>());
    }

    [Test]
    public async Task A_dial_ends_when_its_user_has_gone_away_and_not_when_it_has_only_finished_writing()
    {
        TaskCompletionSource<ITunnel> dial = new();
        await using SourceSetup setup = await StartAsync(async (_, cancel) => await dial.Task.WaitAsync(cancel));
        using Socket waiting = await ConnectAsync(setup);
        await waiting.SendBoundedAsync([1]);
        waiting.Shutdown(SocketShutdown.Send);
        Socket gone = await ConnectAsync(setup);
        await setup.WaitForCountAsync(2);
        gone.Dispose();
        await setup.WaitForCountAsync(1);
        (FakeTunnel near, FakeTunnel far) = FakeTunnel.CreatePair();
        dial.SetResult(near);
        await far.WriteBoundedAsync([9]);
        Assert.That(await waiting.ReceiveBoundedAsync(), Is.EqualTo(new byte[] { 9 }));
    }

    [Test]
    public async Task A_user_has_no_address_that_a_service_could_use()
    {
        await using SourceSetup setup = await StartAsync();
        using Socket user = await ConnectAsync(setup);
        await setup.NextAsync();
        Assert.That(setup.Users[0].UserEndPoint, Is.Not.InstanceOf<System.Net.IPEndPoint>());
    }

    [Test]
    public async Task A_reader_that_does_not_read_stops_the_sender()
    {
        await using SourceSetup setup = await StartAsync();
        using Socket user = await ConnectAsync(setup);
        FakeTunnel far = await setup.NextAsync();
        await user.SendBoundedAsync([1]);
        using CancellationTokenSource patience = new(TimeSpan.FromMilliseconds(500));
        byte[] piece = new byte[1024 * 1024];
        long sent = 0;
        try
        {
            while (sent < 1L << 30)
            {
                sent += await user.SendAsync(piece, patience.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped, as it should.
        }

        Assert.That(sent, Is.LessThan(64L * 1024 * 1024));
        Assert.That(await far.ReadBoundedAsync(), Is.Not.Empty);
    }

    [Test]
    public async Task Disposal_takes_the_file_away()
    {
        SourceSetup setup = await StartAsync();
        string path = setup.Source.LocalEndPoint.ToString()!;
        Assert.That(File.Exists(path));
        await setup.DisposeAsync().AsTask().WaitAsync(SocketPair.Patience);
        Assert.That(File.Exists(path), Is.False);
    }

    private static async Task ReadableAsync(Socket socket) =>
        await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None).AsTask().WaitAsync(SocketPair.Patience);

    private static async Task<Socket> ConnectAsync(SourceSetup setup)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(setup.Source.LocalEndPoint).WaitAsync(SocketPair.Patience);
        return socket;
    }

    private async Task<SourceSetup> StartAsync(Func<ConnetDialOptions, CancellationToken, ValueTask<ITunnel>>? dial = null)
    {
        EndpointAddress address = EndpointAddress.Parse($"unix:{_folder.FullName}/{Guid.NewGuid().ToString("N")[..12]}");
        return new SourceSetup(await UnixSockets.ListenAsync(address, CancellationToken.None), s_context, dial);
    }
}
