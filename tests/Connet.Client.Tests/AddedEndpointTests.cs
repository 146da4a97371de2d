using System.Net;
using System.Net.Sockets;
using Connet.Client.Tests.Control;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;

namespace Connet.Client.Tests;

/// <summary>Endpoints that come and go while the client runs, towards a control server played by hand.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class AddedEndpointTests
{
    [Test]
    public async Task Endpoints_added_while_the_start_waits_for_the_server_are_announced_and_removed_ones_are_not()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        await using ConnetClient client = TestClient.New(server);
        Task started = client.StartAsync().AsTask();
        (HandConnection connection, HandStream stream, _) = await server.AcceptRequestAsync();
        client.AddDestination(new ConnetDestinationOptions { Name = "kept", Route = ConnetRoute.Direct });
        ConnetSource removed = client.AddSource(new ConnetSourceOptions { Name = "removed", Route = ConnetRoute.Direct });
        ConnetSource listening = await client.AddSourceAsync(new ConnetSourceOptions { Name = "listening", Route = ConnetRoute.Direct, Address = "tcp://127.0.0.1:0" });
        using (TcpClient user = new())
        {
            await user.ConnectAsync((IPEndPoint)listening.LocalEndPoint!);
        }

        await removed.DisposeAsync().AsTask().WaitAsync(HandConnection.Patience);
        Assert.That(started.IsCompleted, Is.False);
        await HandControlServer.AnswerAsync(connection, stream);
        await started.WaitAsync(HandConnection.Patience);
        HandStreams streams = new(connection);
        string[] names = [(await streams.NextAnnounceAsync()).Announce.Endpoint.Name, (await streams.NextAnnounceAsync()).Announce.Endpoint.Name];
        Assert.That(names, Is.EquivalentTo(new[] { "kept", "listening" }));

        // The stream that would come next is the one of an endpoint that is added now: there was no third.
        client.AddSource(new ConnetSourceOptions { Name = "late", Route = ConnetRoute.Direct });
        Assert.That((await streams.NextAnnounceAsync()).Announce.Endpoint.Name, Is.EqualTo("late"));
    }

    [Test]
    public async Task Hundred_endpoints_that_came_and_went_need_no_more_than_the_streams_of_one()
    {
        // One for the authentication, two for an endpoint, and two for one whose end is on its way.
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second, maxStreams: 5);
        await using ConnetClient client = TestClient.New(server);
        Task started = client.StartAsync().AsTask();
        HandConnection connection = await server.AuthenticateAsync();
        await started.WaitAsync(HandConnection.Patience);
        HandStreams streams = new(connection);
        for (int i = 0; i < 100; i++)
        {
            Role role = i % 2 == 0 ? Role.Source : Role.Destination;
            IAsyncDisposable endpoint = role == Role.Source
                ? client.AddSource(new ConnetSourceOptions { Name = "web" })
                : client.AddDestination(new ConnetDestinationOptions { Name = "web" });
            (HandStream announce, Protocol.Control.Request.Types.Announce announced) = await streams.NextAnnounceAsync();
            (HandStream relay, _) = await streams.NextRelayAsync();
            Assert.That(announced.Role, Is.EqualTo(role));
            Task removal = endpoint.DisposeAsync().AsTask();
            foreach (HandStream stream in new[] { announce, relay })
            {
                Assert.That(await stream.ReceiveToEndAsync(), Is.Empty);
                stream.Complete();
            }

            await removal.WaitAsync(HandConnection.Patience);
        }

        Assert.That(client.GetStatus().Endpoints, Is.Empty);
        Assert.That(connection.Connection.IsClosed, Is.False);
    }
}
