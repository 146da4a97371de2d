using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Quic;
using Connet.Relay.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Connet.Relay.Tests;

/// <summary>Options that change while the relay runs, and refusals by address.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ReloadTests
{
    [TestCase(1)]
    [TestCase(2)]
    public async Task An_address_denied_now_loses_its_connections_and_gets_no_new_ones(int generation)
    {
        using LogLines log = new();
        await using Rig rig = await Rig.StartAsync(options => options.LoggerFactory = log);
        HandConnection source = await rig.JoinAsync(Role.Source, (ProtocolGeneration)generation);
        HandConnection destination = await rig.JoinAsync(Role.Destination, (ProtocolGeneration)generation);
        (HandStream near, HandStream far) = await Rig.JoinStreamsAsync(source, destination);

        // Rules that still permit them are nobody's business.
        await rig.Relay.ReloadAsync(Options(rig, options => options.Ingresses[0].DenyCidrs.Add("192.0.2.0/24")));
        await near.SendBytesAsync(new byte[] { 1, 2, 3 });
        Assert.That(await far.ReceiveBytesAsync(3), Is.EqualTo(new byte[] { 1, 2, 3 }));

        await rig.Relay.ReloadAsync(Options(rig, options => options.Ingresses[0].DenyCidrs.Add("127.0.0.0/8")));
        foreach (HandConnection connection in new[] { source, destination })
        {
            QuicException closed = await connection.ClosedAsync();
            Assert.That((closed.QuicError, closed.ApplicationErrorCode), Is.EqualTo((QuicError.ConnectionAborted, (long?)100)));
            Assert.That(log.Count($"Information 15 Closed the connection of {connection.Connection.LocalEndPoint} with AuthenticationFailed"), Is.EqualTo(1));
        }

        await rig.UntilAsync(status => status is { Clients: 0, ActiveStreams: 0 });
        QuicException refused = Assert.ThrowsAsync<QuicException>(() => rig.DialAsync(HandIdentity.Peer(), (ProtocolGeneration)generation))!;
        Assert.That((refused.QuicError, refused.TransportErrorCode), Is.EqualTo((QuicError.ConnectionRefused, (long?)2)));
        Assert.That(log.Count("Information 14 Refused 127.0.0.1:", "before its handshake", "the ingress at 127.0.0.1:0"), Is.Positive);
        Assert.That(rig.Relay.GetStatus().ControlState, Is.EqualTo(RelayControlState.Connected), "the relay's own connection is none of a client");

        await rig.Relay.ReloadAsync(Options(rig));
        await rig.JoinAsync(Role.Source, (ProtocolGeneration)generation);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_new_token_is_shown_at_the_next_connection_and_the_present_one_stays(int generation)
    {
        await using Rig rig = await Rig.StartAsync(controlGeneration: (ProtocolGeneration)generation);
        HandConnection source = await rig.JoinAsync(Role.Source);
        await rig.Relay.ReloadAsync(Options(rig, options => (options.Token, options.Metadata) = ("new-token", "new-metadata")));
        Assert.That(rig.Uplink.Connection.Connection.IsClosed, Is.False);
        await rig.Uplink.Connection.Connection.CloseAsync(100, "the token was removed");
        HandRelayUplink next = await rig.Control.AcceptRelayAsync();
        Assert.That((next.Request.Token, next.Request.Metadata), Is.EqualTo(("new-token", "new-metadata")));
        Assert.That(source.Connection.IsClosed, Is.False);
    }

    private static IEnumerable<TestCaseData> Refused()
    {
        yield return Case("another address", options => options.Ingresses[0].Address = "127.0.0.1:1", "The list of addresses of Ingresses was '127.0.0.1:0'");
        yield return Case("one more ingress", options => options.Ingresses.Add(new() { Address = "127.0.0.1:0" }), "The number of Ingresses was 1 and cannot become 2");
        yield return Case("another host", options => options.Ingresses[0].HostPorts.Add("relay.example"), "The list of HostPorts of Ingresses was");
        yield return Case("another control server", options => options.ControlAddress = "control.example:1", "ControlAddress was");
        yield return Case("another folder", options => options.StateDirectory = "/nowhere", "StateDirectory was none and cannot become /nowhere");
        yield return Case("another limit", options => options.MaxStreamsPerConnection = 7, "MaxStreamsPerConnection was 4096");
        yield return Case("no token", options => options.Token = "", "Token is missing");
        yield return Case("a prefix that is none", options => options.Ingresses[0].AllowCidrs.Add("x"), "'x'");
        yield return Case(
            "no certificates", options => (options.ControlCertificateValidation, options.ControlCaFile) = (null, "/nowhere/ca.pem"), "/nowhere/ca.pem");

        static TestCaseData Case(string what, Action<RelayServerOptions> change, string says) => new TestCaseData(change, says).SetArgDisplayNames(what);
    }

    [TestCaseSource(nameof(Refused))]
    public async Task What_cannot_change_or_is_not_valid_changes_nothing(Action<RelayServerOptions> change, string says)
    {
        await using Rig rig = await Rig.StartAsync();
        HandConnection source = await rig.JoinAsync(Role.Source);
        RelayServerOptions options = Options(rig, options => options.Ingresses[0].DenyCidrs.Add("127.0.0.1"));
        change(options);
        Exception failure = Assert.CatchAsync(async () => await rig.Relay.ReloadAsync(options))!;
        Assert.That(failure, Is.InstanceOf<RelayServerException>().Or.InstanceOf<OptionsValidationException>());
        Assert.That(failure.Message, Does.Contain(says).And.Not.Contain("\n"));
        await rig.JoinAsync(Role.Destination);
        Assert.That(source.Connection.IsClosed, Is.False);
    }

    [Test]
    public async Task A_stopped_relay_takes_no_options()
    {
        Rig rig = await Rig.StartAsync();
        RelayServerOptions options = Options(rig);
        await rig.DisposeAsync();
        Assert.ThrowsAsync<RelayServerException>(async () => await rig.Relay.ReloadAsync(options));
    }

    [Test]
    public async Task A_host_takes_a_change_over_and_logs_one_that_is_not_valid_once()
    {
        await using HandRelayControl control = HandRelayControl.Start();
        using LogLines log = new();
        using ChangeSource changes = new();
        string denied = "192.0.2.1";
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<IOptionsChangeTokenSource<RelayServerOptions>>(changes);
        builder.Services.AddConnetRelayServer(options =>
        {
            RelayServerOptions template = Rig.Options(control);
            (options.Ingresses, options.Token, options.Metadata, options.ControlAddress, options.ControlCertificateValidation, options.LoggerFactory) =
                (template.Ingresses, template.Token, template.Metadata, template.ControlAddress, template.ControlCertificateValidation, log);
            options.Ingresses[0].DenyCidrs.Add(denied);
        });
        using IHost host = builder.Build();
        await host.StartAsync();
        HandRelayUplink uplink = await control.AdmitRelayAsync();
        RelayServer relay = host.Services.GetRequiredService<RelayServerService>().Server;
        await using (await HandRelayClient.DialAsync(relay.EndPoints[0], uplink.ServerCertificate, HandIdentity.Peer(), ProtocolGeneration.Second))
        {
        }

        denied = "nonsense";
        for (int i = 0; i < 3; i++)
        {
            changes.Raise();
        }

        await UntilAsync(() => log.Count("Error 17", "nonsense") == 1);
        denied = "127.0.0.1";
        changes.Raise();
        // The last of the notifications before may still be under way: it reads the new value too then, and says so too.
        await UntilAsync(() => log.Count("Information 16") >= 1);
        Assert.ThrowsAsync<QuicException>(() => HandRelayClient.DialAsync(relay.EndPoints[0], uplink.ServerCertificate, HandIdentity.Peer(), ProtocolGeneration.Second));
        Assert.That(log.Count("Error 17"), Is.EqualTo(1));
        await host.StopAsync();
    }

    private static RelayServerOptions Options(Rig rig, Action<RelayServerOptions>? configure = null)
    {
        RelayServerOptions options = Rig.Options(rig.Control);
        configure?.Invoke(options);
        return options;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(10));
        using CancellationTokenSource patience = new(HandConnection.Patience);
        while (!condition())
        {
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }

    /// <summary>Configuration that changes when the test says so. A monitor of the options would throw what is not valid at whoever raises it.</summary>
    private sealed class ChangeSource : IOptionsChangeTokenSource<RelayServerOptions>, IDisposable
    {
        private CancellationTokenSource _change = new();

        public string Name => Microsoft.Extensions.Options.Options.DefaultName;

        public IChangeToken GetChangeToken() => new CancellationChangeToken(_change.Token);

        public void Raise()
        {
            using CancellationTokenSource before = Interlocked.Exchange(ref _change, new CancellationTokenSource());
            try
            {
                before.Cancel();
            }
            catch (AggregateException exception)
            {
                Assert.That(exception.Flatten().InnerExceptions, Is.All.InstanceOf<OptionsValidationException>());
            }
        }

        public void Dispose() => _change.Dispose();
    }
}
