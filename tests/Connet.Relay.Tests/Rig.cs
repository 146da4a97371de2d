using System.Net;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Identities;
using Connet.Protocol.Peers;

namespace Connet.Relay.Tests;

/// <summary>A relay of ours between a control server and clients that are driven by hand.</summary>
internal sealed class Rig : IAsyncDisposable
{
    private readonly List<HandRelayClient> _clients = [];
    private readonly List<IAsyncDisposable> _owned = [];

    private Rig(HandRelayControl control, RelayServer relay, HandRelayUplink uplink)
    {
        Control = control;
        Relay = relay;
        Uplink = uplink;
    }

    public HandRelayControl Control { get; set; }

    public RelayServer Relay { get; }

    public HandRelayUplink Uplink { get; set; }

    public IPEndPoint RelayAddress => Relay.EndPoints[0];

    /// <summary>The options of a relay for a control server, on a free loopback port, with short pauses.</summary>
    public static RelayServerOptions Options(HandRelayControl control, IPEndPoint? controlAddress = null) => new()
    {
        Ingresses = [new RelayIngressOptions { Address = "127.0.0.1:0" }],
        Token = "relay-token",
        Metadata = "relay-metadata",
        ControlAddress = (controlAddress ?? control.EndPoint).ToString(),
        ControlCertificateValidation = control.Trust,
    };

    public static async Task<Rig> StartAsync(Action<RelayServerOptions>? configure = null, ProtocolGeneration controlGeneration = ProtocolGeneration.Second)
    {
        HandRelayControl control = HandRelayControl.Start(generations: controlGeneration);
        RelayServerOptions options = Options(control);
        configure?.Invoke(options);
        RelayServer relay = await RelayServer.StartAsync(options);
        HandRelayUplink uplink = await control.AdmitRelayAsync();
        await relay.WaitForControlAsync().WaitAsync(HandConnection.Patience);
        return new Rig(control, relay, uplink);
    }

    /// <summary>Disposes of something with the rig.</summary>
    public T Own<T>(T owned)
        where T : IAsyncDisposable
    {
        _owned.Add(owned);
        return owned;
    }

    public async Task<HandRelayClient> DialAsync(PeerIdentity identity, ProtocolGeneration generation = ProtocolGeneration.Second, IPEndPoint? address = null)
    {
        HandRelayClient client = await HandRelayClient.DialAsync(address ?? RelayAddress, Uplink.ServerCertificate, identity, generation);
        _clients.Add(client);
        return client;
    }

    public async Task<HandConnection> JoinAsync(
        Role role,
        ProtocolGeneration generation = ProtocolGeneration.Second,
        string endpoint = "web",
        PeerIdentity? identity = null,
        IPEndPoint? address = null)
    {
        identity ??= HandIdentity.Peer();
        HandRelayClient client = await DialAsync(identity, generation, address);
        await client.AuthenticateAsync(Uplink.Prove(endpoint, role, identity));
        return client.Connection;
    }

    /// <summary>A stream from a source to a destination, joined by the relay.</summary>
    public static async Task<(HandStream Source, HandStream Destination)> JoinStreamsAsync(HandConnection source, HandConnection destination)
    {
        HandStream near = await source.OpenAsync();
        await near.SendAsync(new Request { Connect = new Request.Types.Connect() });
        HandStream far = await destination.AcceptAsync();
        await far.ReceiveAsync(Request.Parser);
        await far.SendAsync(new Response { Connect = new Response.Types.Connect() });
        Response response = await near.ReceiveAsync(Response.Parser);
        Assert.That(response.Error, Is.Null);
        Assert.That(response.Connect, Is.Not.Null);
        return (near, far);
    }

    /// <summary>Waits until the relay's status is as expected.</summary>
    public async Task UntilAsync(Func<RelayServerStatus, bool> condition) => await UntilAsync(Relay, condition);

    public static async Task UntilAsync(RelayServer relay, Func<RelayServerStatus, bool> condition)
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(10));
        using CancellationTokenSource patience = new(HandConnection.Patience);
        while (!condition(relay.GetStatus()))
        {
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable owned in _owned)
        {
            await owned.DisposeAsync();
        }

        foreach (HandRelayClient client in _clients)
        {
            await client.DisposeAsync();
        }

        await Relay.DisposeAsync();
        await Control.DisposeAsync();
    }
}
