using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Peers;
using Connet.Quic;

namespace Connet.Relay.Tests;

/// <summary>How a relay leaves.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ShutdownTests
{
    [Test]
    public async Task A_socket_that_fails_ends_the_relay()
    {
        await using Rig rig = await Rig.StartAsync(options => options.Ingresses.Add(new RelayIngressOptions { Address = "127.0.0.1:0" }));
        await rig.Relay.Sockets[1].Endpoint.DisposeAsync();
        RelayServerException failure = Assert.ThrowsAsync<RelayServerException>(() => rig.Relay.Completion.WaitAsync(HandConnection.Patience))!;
        Assert.That(failure.Message, Does.Contain(rig.Relay.EndPoints[1].ToString()));
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task Everybody_is_told_with_code_zero(int generation)
    {
        await using Rig rig = await Rig.StartAsync(controlGeneration: (ProtocolGeneration)generation);
        HandConnection source = await rig.JoinAsync(Role.Source, (ProtocolGeneration)generation);
        HandConnection destination = await rig.JoinAsync(Role.Destination, (ProtocolGeneration)generation);
        HandRelayClient undecided = await rig.DialAsync(HandIdentity.Peer(), (ProtocolGeneration)generation);
        await rig.UntilAsync(status => status.UnauthenticatedConnections == 1);
        await rig.Relay.StopAsync();
        foreach (HandConnection connection in new[] { rig.Uplink.Connection, source, destination, undecided.Connection })
        {
            QuicException closed = await connection.ClosedAsync();
            Assert.That(closed.QuicError, Is.EqualTo(QuicError.ConnectionAborted));
            Assert.That(closed.ApplicationErrorCode, Is.EqualTo(0));
        }

        await rig.Relay.Completion.WaitAsync(HandConnection.Patience);
        Assert.That(rig.Relay.GetStatus().ControlState, Is.EqualTo(RelayControlState.Disconnected));
    }

    [Test]
    public async Task Open_streams_may_end_and_new_ones_are_refused()
    {
        await using Rig rig = await Rig.StartAsync(options => options.ShutdownTimeout = TimeSpan.FromSeconds(15));
        HandConnection source = await rig.JoinAsync(Role.Source);
        HandConnection destination = await rig.JoinAsync(Role.Destination);
        (HandStream near, HandStream far) = await Rig.JoinStreamsAsync(source, destination);
        Task stopping = rig.Relay.StopAsync().AsTask();
        await rig.Uplink.Connection.ClosedAsync();
        HandStream late = await source.OpenAsync();
        await late.SendAsync(new Request { Connect = new Request.Types.Connect() });
        Assert.That((await late.ReceiveFailureAsync())?.QuicError, Is.EqualTo(QuicError.StreamAborted));
        await near.SendBytesAsync("last"u8.ToArray(), complete: true);
        Assert.That(await far.ReceiveToEndAsync(), Is.EqualTo("last"u8.ToArray()));
        Assert.That(stopping.IsCompleted, Is.False);
        far.Complete();
        Assert.That(await near.ReceiveToEndAsync(), Is.Empty);
        await stopping.WaitAsync(TimeSpan.FromSeconds(10));
        await source.ClosedAsync();
    }

    [Test]
    public async Task Streams_that_do_not_end_are_ended_at_the_deadline()
    {
        await using Rig rig = await Rig.StartAsync(options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(200));
        HandConnection source = await rig.JoinAsync(Role.Source);
        HandConnection destination = await rig.JoinAsync(Role.Destination);
        (HandStream near, _) = await Rig.JoinStreamsAsync(source, destination);
        await rig.Relay.StopAsync();
        Assert.That((await near.ReceiveFailureAsync())?.QuicError, Is.EqualTo(QuicError.ConnectionAborted));
        await rig.UntilAsync(status => status is { ActiveStreams: 0, Clients: 0 });
    }

    [TestCase(1, 0)]
    [TestCase(2, 0)]
    [TestCase(1, 302)]
    [TestCase(2, 302)]
    public async Task A_client_that_closes_is_forgotten_whatever_its_code(int generation, long code)
    {
        await using Rig rig = await Rig.StartAsync();
        HandConnection destination = await rig.JoinAsync(Role.Destination, (ProtocolGeneration)generation);
        await destination.Connection.CloseAsync(code);
        await rig.UntilAsync(status => status.Clients == 0);
        await rig.JoinAsync(Role.Destination, (ProtocolGeneration)generation);
    }

    [Test]
    public async Task Waiting_for_control_ends_when_the_relay_is_stopped()
    {
        await using HandRelayControl control = HandRelayControl.Start();
        await using RelayServer relay = await RelayServer.StartAsync(Rig.Options(control));
        Task waiting = relay.WaitForControlAsync();
        await relay.StopAsync();
        Assert.ThrowsAsync<RelayServerException>(async () => await waiting.WaitAsync(HandConnection.Patience));
        await relay.Completion.WaitAsync(HandConnection.Patience);
        await relay.StopAsync();
    }
}
