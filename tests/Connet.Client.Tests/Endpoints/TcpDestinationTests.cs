using System.Net.Sockets;
using Connet.Client.Endpoints;
using Connet.Client.Endpoints.Sockets;

namespace Connet.Client.Tests.Endpoints;

/// <summary>The connecting side with a tunnel in memory.</summary>
public sealed class TcpDestinationTests
{
    private static readonly EndpointContext s_context = new() { ShutdownTimeout = TimeSpan.FromMilliseconds(200) };

    [Test]
    public async Task A_request_is_accepted_once_the_service_was_reached()
    {
        using Socket service = SocketPair.Listen();
        await using DestinationSetup setup = Start(service.LocalEndPoint!.ToString()!, s_context);
        FakeRequest request = setup.Ask();
        using Socket carried = await service.AcceptBoundedAsync();
        Assert.That(await request.Answer.Task.WaitAsync(SocketPair.Patience), Is.Null);
        await request.Far.WriteBoundedAsync([1]);
        Assert.That(await carried.ReceiveBoundedAsync(), Is.EqualTo(new byte[] { 1 }));
        await request.Far.CompleteWritesAsync(CancellationToken.None);
        Assert.That(await carried.ReceiveBoundedAsync(), Is.Empty);
        await carried.SendBoundedAsync([2]);
        Assert.That(await request.Far.ReadBoundedAsync(), Is.EqualTo(new byte[] { 2 }));
        carried.Shutdown(SocketShutdown.Both);
        Assert.That(await request.Far.ReadBoundedAsync(), Is.Empty);
    }

    [Test]
    public async Task A_service_that_is_not_there_refuses_with_a_reason_that_does_not_name_it()
    {
        string address = $"127.0.0.1:{FreePorts.Next()}";
        await using DestinationSetup setup = Start(address, s_context);
        string? reason = await setup.Ask().Answer.Task.WaitAsync(SocketPair.Patience);
        Assert.That(reason, Does.StartWith("The destination cannot reach its service: ").And.Not.Contains(address));
    }

    [Test]
    public async Task A_service_that_does_not_answer_in_time_refuses()
    {
        // Full: a listener without room takes no further connection, on Linux at least.
        using Socket service = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        service.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        service.Listen(1);
        List<Socket> filling = [];
        for (int i = 0; i < 4; i++)
        {
            Socket each = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            _ = each.ConnectAsync(service.LocalEndPoint!).ContinueWith(_ => { }, TaskScheduler.Default);
            filling.Add(each);
        }

        await using DestinationSetup setup = Start(service.LocalEndPoint!.ToString()!, s_context with { DialTimeout = TimeSpan.FromMilliseconds(300) });
        string? reason = await setup.Ask().Answer.Task.WaitAsync(SocketPair.Patience);
        filling.ForEach(each => each.Dispose());
        Assert.That(reason, Is.EqualTo("The destination cannot reach its service: no answer within 0.3 s."));
    }

    [Test]
    public async Task A_reset_by_the_service_resets_the_tunnel_with_code_0_and_back()
    {
        using Socket service = SocketPair.Listen();
        await using DestinationSetup setup = Start(service.LocalEndPoint!.ToString()!, s_context);
        FakeRequest first = setup.Ask();
        Socket accepted = await service.AcceptBoundedAsync();

        // A reset that came earlier could be taken for the answer to the connect.
        await first.Answer.Task.WaitAsync(SocketPair.Patience);
        accepted.Reset();
        Assert.That(async () => await first.Far.ReadBoundedAsync(), Throws.InstanceOf<IOException>().With.Message.EqualTo("0"));

        FakeRequest second = setup.Ask();
        using Socket carried = await service.AcceptBoundedAsync();
        await second.Answer.Task.WaitAsync(SocketPair.Patience);
        second.Far.Abort(5);
        Assert.That(await carried.ReceiveErrorAsync(), Is.EqualTo(SocketError.ConnectionReset));
    }

    [Test]
    public async Task A_service_that_answers_as_it_reads_hears_a_source_to_its_end_that_reads_no_more()
    {
        using Socket service = SocketPair.Listen();
        await using DestinationSetup setup = Start(service.LocalEndPoint!.ToString()!, s_context);
        FakeRequest request = setup.Ask();
        using Socket carried = await service.AcceptBoundedAsync();
        await request.Answer.Task.WaitAsync(SocketPair.Patience);
        Task<int> echoed = carried.EchoAsync();

        // More than the buffers of both sockets hold: the service would wait for a reader of its answer rather than read on.
        byte[] said = new byte[32 * 1024 * 1024];
        await request.Far.WriteBoundedAsync(said);
        await request.Far.CompleteWritesAsync(CancellationToken.None);
        request.Far.AbortReads(0);
        Assert.That(await echoed, Is.EqualTo(said.Length), "everything, and an orderly end");
        await request.Disposed.WaitAsync(SocketPair.Patience);
    }

    [Test]
    public async Task A_service_that_goes_on_sending_what_nobody_reads_is_reset_in_time()
    {
        ManualTimers clock = new();
        using Socket service = SocketPair.Listen();
        await using DestinationSetup setup = Start(service.LocalEndPoint!.ToString()!, s_context with { TimeProvider = clock });
        FakeRequest request = setup.Ask();
        using Socket carried = await service.AcceptBoundedAsync();
        await request.Answer.Task.WaitAsync(SocketPair.Patience);
        request.Far.AbortReads(0);

        // More than the buffers of both sockets hold: it is read, while the other direction is open.
        await carried.SendBoundedAsync(new byte[32 * 1024 * 1024]);
        await request.Far.WriteBoundedAsync([1]);
        Assert.That(await carried.ReceiveBoundedAsync(), Is.EqualTo(new byte[] { 1 }));
        await request.Far.CompleteWritesAsync(CancellationToken.None);
        Assert.That(await carried.ReceiveBoundedAsync(), Is.Empty);
        await request.Disposed.WaitAsync(SocketPair.Patience);
        await carried.SendBoundedAsync([2]);
        await clock.FireAsync(TimeSpan.FromSeconds(5));
        Assert.That(async () => await SendOnAsync(carried), Throws.InstanceOf<SocketException>());

        static async Task SendOnAsync(Socket socket)
        {
            using CancellationTokenSource patience = new(SocketPair.Patience);
            while (!patience.IsCancellationRequested)
            {
                await socket.SendBoundedAsync([3]);
            }
        }
    }

    [Test]
    public async Task Disposal_accepts_no_more_and_ends_what_does_not_finish()
    {
        using Socket service = SocketPair.Listen();
        DestinationSetup setup = Start(service.LocalEndPoint!.ToString()!, s_context);
        setup.Ask();
        using Socket carried = await service.AcceptBoundedAsync();
        await setup.DisposeAsync().AsTask().WaitAsync(SocketPair.Patience);
        Assert.That(await carried.ReceiveErrorAsync(), Is.EqualTo(SocketError.ConnectionReset));
        Assert.That(setup.Ask().Answer.Task.IsCompleted, Is.False);
    }

    private static DestinationSetup Start(string address, EndpointContext context)
    {
        (string host, int port) = EndpointAddress.Parse(address).GetHostAndPort();
        return new DestinationSetup(address, context, async cancel => new SocketChannel(await TcpSockets.ConnectAsync(host, port, cancel)));
    }
}
