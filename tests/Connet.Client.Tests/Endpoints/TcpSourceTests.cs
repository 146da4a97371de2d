using System.Net;
using System.Net.Sockets;
using Connet.Client.Endpoints;
using Connet.Client.Endpoints.Sockets;
using Connet.Protocol;

namespace Connet.Client.Tests.Endpoints;

/// <summary>The listening side with a tunnel in memory.</summary>
public sealed class TcpSourceTests
{
    private static readonly EndpointContext s_context = new() { ShutdownTimeout = TimeSpan.FromMilliseconds(200) };

    [Test]
    public async Task Bytes_and_ends_cross_both_ways()
    {
        await using SourceSetup setup = await SourceSetup.StartTcpAsync(s_context);
        using Socket user = await SocketPair.ConnectAsync(setup.Source.LocalEndPoint);
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

    [Test]
    public async Task A_dial_is_for_the_user_at_the_address_where_it_has_connected()
    {
        await using SourceSetup setup = await SourceSetup.StartTcpAsync(s_context);
        using Socket user = await SocketPair.ConnectAsync(setup.Source.LocalEndPoint);
        await setup.NextAsync();
        Assert.That((setup.Users[0].UserEndPoint, setup.Users[0].ListenerEndPoint), Is.EqualTo((Unmapped(user.LocalEndPoint!), setup.Source.LocalEndPoint)));

        static IPEndPoint Unmapped(EndPoint endPoint) => new(((IPEndPoint)endPoint).Address.MapToIPv4(), ((IPEndPoint)endPoint).Port);
    }

    [Test]
    public async Task A_reset_of_the_socket_resets_both_directions_with_code_0()
    {
        await using SourceSetup setup = await SourceSetup.StartTcpAsync(s_context);
        Socket user = await SocketPair.ConnectAsync(setup.Source.LocalEndPoint);
        FakeTunnel far = await setup.NextAsync();
        await user.SendBoundedAsync([1]);
        Assert.That(await far.ReadBoundedAsync(), Is.EqualTo(new byte[] { 1 }), "the dial is over, and nobody looks any more whether its user has gone");
        user.Reset();
        Assert.That(async () => await far.ReadBoundedAsync(), Throws.InstanceOf<IOException>().With.Message.EqualTo("0"));
        await setup.Nears[0].Disposed.Task.WaitAsync(SocketPair.Patience);
        Assert.That(async () => await far.WriteBoundedAsync([1]), Throws.InstanceOf<IOException>());
    }

    [Test]
    public async Task A_reset_of_the_tunnel_resets_the_socket()
    {
        await using SourceSetup setup = await SourceSetup.StartTcpAsync(s_context);
        using Socket user = await SocketPair.ConnectAsync(setup.Source.LocalEndPoint);
        FakeTunnel far = await setup.NextAsync();
        far.Abort(77);
        Assert.That(await user.ReceiveErrorAsync(), Is.EqualTo(SocketError.ConnectionReset));
        await setup.Nears[0].Disposed.Task.WaitAsync(SocketPair.Patience);
    }

    [Test]
    public async Task A_failed_dial_resets_the_socket()
    {
        TaskCompletionSource<ITunnel> dial = new();
        await using SourceSetup setup = await SourceSetup.StartTcpAsync(s_context, async (_, cancel) => await dial.Task.WaitAsync(cancel));
        using Socket user = await SocketPair.ConnectAsync(setup.Source.LocalEndPoint);
        dial.SetException(new ProtocolException(ProtocolErrorCode.DestinationNotFound, "nobody"));
        Assert.That(await user.ReceiveErrorAsync(), Is.EqualTo(SocketError.ConnectionReset));
    }

    [Test]
    public async Task A_dial_ends_when_its_user_has_gone_away()
    {
        TaskCompletionSource dialling = new();
        TaskCompletionSource cancelled = new();
        await using SourceSetup setup = await SourceSetup.StartTcpAsync(s_context, async (_, cancel) =>
        {
            cancel.Register(() => cancelled.TrySetResult());
            dialling.TrySetResult();
            await new TaskCompletionSource().Task.WaitAsync(cancel);
            throw new InvalidOperationException();
        });
        Socket user = await SocketPair.ConnectAsync(setup.Source.LocalEndPoint);
        await user.SendBoundedAsync([1]);
        await dialling.Task.WaitAsync(SocketPair.Patience);
        user.Reset();
        await cancelled.Task.WaitAsync(SocketPair.Patience);
    }

    /// <summary>It has said everything, and waits for the answer.</summary>
    [Test]
    public async Task A_dial_goes_on_when_its_user_has_only_finished_writing()
    {
        TaskCompletionSource<ITunnel> dial = new();
        await using SourceSetup setup = await SourceSetup.StartTcpAsync(s_context, async (_, cancel) => await dial.Task.WaitAsync(cancel));
        using Socket user = await SocketPair.ConnectAsync(setup.Source.LocalEndPoint);
        user.Shutdown(SocketShutdown.Send);

        // Longer than the interval of the watch: a second user's reset is noticed, the first one's end is none.
        Socket second = await SocketPair.ConnectAsync(setup.Source.LocalEndPoint);
        await setup.WaitForCountAsync(2);
        second.Reset();
        await setup.WaitForCountAsync(1);
        (FakeTunnel near, FakeTunnel far) = FakeTunnel.CreatePair();
        dial.SetResult(near);
        await far.WriteBoundedAsync([9]);
        Assert.That(await user.ReceiveBoundedAsync(), Is.EqualTo(new byte[] { 9 }));
    }

    [Test]
    public async Task A_reader_that_does_not_read_stops_the_sender()
    {
        await using SourceSetup setup = await SourceSetup.StartTcpAsync(s_context);
        using Socket user = await SocketPair.ConnectAsync(setup.Source.LocalEndPoint);
        FakeTunnel far = await setup.NextAsync();
        byte[] piece = new byte[1024 * 1024];
        await user.SendBoundedAsync([1]);
        using CancellationTokenSource patience = new(TimeSpan.FromMilliseconds(500));
        long sent = 0;
        try
        {
            while (sent < 1L << 32)
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
    public async Task A_user_that_answers_as_it_reads_hears_a_destination_to_its_end_that_reads_no_more()
    {
        await using SourceSetup setup = await SourceSetup.StartTcpAsync(s_context);
        using Socket user = await SocketPair.ConnectAsync(setup.Source.LocalEndPoint);
        FakeTunnel far = await setup.NextAsync();
        Task<int> echoed = user.EchoAsync();

        // More than the buffers of both sockets hold: the user would wait for a reader of its answer rather than read on.
        byte[] said = new byte[32 * 1024 * 1024];
        await far.WriteBoundedAsync(said);
        await far.CompleteWritesAsync(CancellationToken.None);
        far.AbortReads(0);
        Assert.That(await echoed, Is.EqualTo(said.Length), "everything, and an orderly end");
        await setup.Nears[0].Disposed.Task.WaitAsync(SocketPair.Patience);
        user.Shutdown(SocketShutdown.Send);
        await setup.WaitForCountAsync(0);
    }

    [Test]
    public async Task Connections_beyond_the_limit_wait_for_their_turn()
    {
        await using SourceSetup setup = await SourceSetup.StartTcpAsync(s_context with { MaxConnections = 2 });
        using Socket first = await SocketPair.ConnectAsync(setup.Source.LocalEndPoint);
        using Socket second = await SocketPair.ConnectAsync(setup.Source.LocalEndPoint);
        await setup.NextAsync();
        await setup.NextAsync();
        using Socket third = await SocketPair.ConnectAsync(setup.Source.LocalEndPoint);
        await third.SendBoundedAsync([3]);
        Assert.That(setup.Source.Count, Is.EqualTo(2));
        first.Reset();
        FakeTunnel far = await setup.NextAsync();
        Assert.That(await far.ReadBoundedAsync(), Is.EqualTo(new byte[] { 3 }));
    }

    [Test]
    public async Task Without_a_file_descriptor_left_it_pauses_says_so_once_and_goes_on()
    {
        ManualTimers clock = new();
        LogLines log = new();
        int failures = 0;
        using Socket listener = SocketPair.Listen();
        await using SourceSetup setup = new(
            listener,
            s_context with { TimeProvider = clock, Logger = log, ShutdownTimeout = TimeSpan.Zero },
            accept: cancel => Interlocked.Increment(ref failures) <= 3
                ? ValueTask.FromException<Socket>(new SocketException((int)SocketError.TooManyOpenSockets))
                : listener.AcceptAsync(cancel));
        using Socket user = await SocketPair.ConnectAsync(listener.LocalEndPoint!);
        for (int i = 1; i <= 3; i++)
        {
            // The clock stands still: nothing is tried before the pause is over.
            await clock.FireAsync(due =>
            {
                Assert.That(Volatile.Read(ref failures), Is.EqualTo(i));
                return due == TimeSpan.FromMilliseconds(100);
            });
        }

        await setup.NextAsync();
        Assert.That(log.Count(3001), Is.EqualTo(1));
        Assert.That(log.All, Does.Contain("cannot accept at"));
    }

    [Test]
    public async Task Disposal_ends_a_pause()
    {
        LogLines log = new();
        using Socket listener = SocketPair.Listen();
        SourceSetup setup = new(
            listener,
            s_context with { TimeProvider = new ManualTimers(), Logger = log },
            accept: _ => ValueTask.FromException<Socket>(new SocketException((int)SocketError.TooManyOpenSockets)));
        await log.WaitBoundedAsync("cannot accept at");
        await setup.DisposeAsync().AsTask().WaitAsync(SocketPair.Patience);
    }

    [Test]
    public async Task Disposal_takes_no_new_connections_and_resets_those_that_do_not_finish()
    {
        SourceSetup setup = await SourceSetup.StartTcpAsync(s_context);
        using Socket user = await SocketPair.ConnectAsync(setup.Source.LocalEndPoint);
        FakeTunnel far = await setup.NextAsync();
        await setup.DisposeAsync().AsTask().WaitAsync(SocketPair.Patience);
        Assert.That(await user.ReceiveErrorAsync(), Is.EqualTo(SocketError.ConnectionReset));
        Assert.That(async () => await far.ReadBoundedAsync(), Throws.InstanceOf<IOException>());
        Assert.That(async () => await SocketPair.ConnectAsync(setup.Source.LocalEndPoint), Throws.InstanceOf<SocketException>());
    }

    [Test]
    public async Task Disposal_lets_open_connections_finish()
    {
        SourceSetup setup = await SourceSetup.StartTcpAsync(s_context with { ShutdownTimeout = SocketPair.Patience });
        using Socket user = await SocketPair.ConnectAsync(setup.Source.LocalEndPoint);
        FakeTunnel far = await setup.NextAsync();
        Task disposal = setup.DisposeAsync().AsTask();
        await far.WriteBoundedAsync([5]);
        Assert.That(await user.ReceiveBoundedAsync(), Is.EqualTo(new byte[] { 5 }));
        Assert.That(disposal.IsCompleted, Is.False);
        await far.CompleteWritesAsync(CancellationToken.None);
        user.Shutdown(SocketShutdown.Send);
        await disposal.WaitAsync(SocketPair.Patience);
        Assert.That(await user.ReceiveBoundedAsync(), Is.Empty);
    }

    [Test]
    public async Task A_port_in_use_is_one_sentence()
    {
        using Socket other = SocketPair.Listen();
        EndpointAddress address = EndpointAddress.Parse($"tcp://{other.LocalEndPoint}");
        Assert.That(
            async () => await TcpSockets.ListenAsync(address, CancellationToken.None),
            Throws.TypeOf<ConnetEndpointException>().With.Message.EqualTo(
                $"Another program listens at {address} already: choose another address, or end that program."));
    }

    [Test]
    public async Task A_name_that_is_unknown_is_one_sentence()
    {
        EndpointAddress address = EndpointAddress.Parse("tcp://nobody.invalid:0");
        Assert.That(
            async () => await TcpSockets.ListenAsync(address, CancellationToken.None),
            Throws.TypeOf<ConnetEndpointException>().With.Message.Contains("nobody.invalid"));
    }

    [Test]
    public async Task No_host_means_all_interfaces_of_both_families()
    {
        using Socket socket = await TcpSockets.ListenAsync(EndpointAddress.Parse("tcp://:0"), CancellationToken.None);
        using Socket user = await SocketPair.ConnectAsync(new IPEndPoint(IPAddress.Loopback, ((IPEndPoint)socket.LocalEndPoint!).Port));
        Assert.That(user.Connected);
    }
}
