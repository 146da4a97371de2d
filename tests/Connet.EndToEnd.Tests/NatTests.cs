using System.Diagnostics;
using System.Globalization;
using Connet.EndToEnd.Tests.NatLab;
using Connet.EndToEnd.Tests.Processes;
using Connet.EndToEnd.Tests.Services;

namespace Connet.EndToEnd.Tests;

/// <summary>A source at home A and a destination at home B, each behind its router, with the server on the open network between them.</summary>
public sealed class NatTests
{
    private const string Endpoint = "web";
    private const long Megabyte = 1_000_000;
    private static readonly TimeSpan s_directLimit = TimeSpan.FromSeconds(3);

    /// <summary>Port-restricted routers on both sides: the usual home.</summary>
    [Test]
    public Task Port_restricted_on_each_side_is_direct() => AssertDirectAsync("port", "port", TestMachine.Rounds(full: 100, quick: 20) * Megabyte);

    [Test]
    public Task Full_cone_against_symmetric_is_direct()
    {
        TestMachine.RequireTime();
        return AssertDirectAsync("fullcone", "sym", 20 * Megabyte);
    }

    [Test]
    public Task Symmetric_against_full_cone_is_direct()
    {
        TestMachine.RequireTime();
        return AssertDirectAsync("sym", "fullcone", 20 * Megabyte);
    }

    [Test]
    public Task Symmetric_against_port_restricted_goes_through_the_relay() => AssertRelayedAsync("sym", "port");

    [Test]
    public Task Port_restricted_against_symmetric_goes_through_the_relay()
    {
        TestMachine.RequireTime();
        return AssertRelayedAsync("port", "sym");
    }

    [Test]
    public Task Symmetric_on_each_side_is_direct_over_IPv6()
    {
        TestMachine.RequireTime();
        return AssertDirectAsync("sym", "sym", 20 * Megabyte, withIPv6: true);
    }

    private static async Task AssertDirectAsync(string sourceSide, string destinationSide, long length, bool withIPv6 = false)
    {
        await using Homes homes = await Homes.StartAsync(sourceSide, destinationSide, withIPv6);
        using CancellationTokenSource limit = new(TestLimits.Transfer);
        OutputLine direct = await homes.Source.WaitForLineAsync(ConnetLog.DirectPath(Endpoint), TestLimits.Step);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(homes.BothUp, direct.Time);
        await TestContext.Out.WriteLineAsync($"direct {elapsed.TotalSeconds:F2} s after both were up");
        Assert.That(elapsed, Is.LessThan(s_directLimit));

        long sent = await homes.Lab.ServerSentBytesAsync();
        StreamDigest pattern = StreamDigest.OfPattern(length);
        Assert.That(await homes.Tunnel.DownloadAsync(length, limit.Token), Is.EqualTo(pattern));
        Assert.That(await homes.Tunnel.UploadAsync(Megabyte, limit.Token), Is.EqualTo(StreamDigest.OfPattern(Megabyte)));
        sent = await homes.Lab.ServerSentBytesAsync() - sent;
        Assert.That(sent, Is.LessThan(Megabyte / 2), "the server carried none of it");
    }

    private static async Task AssertRelayedAsync(string sourceSide, string destinationSide)
    {
        const long Length = 20 * Megabyte;
        await using Homes homes = await Homes.StartAsync(sourceSide, destinationSide, withIPv6: false);
        using CancellationTokenSource limit = new(TestLimits.Transfer);
        await homes.Tunnel.WaitUntilReachedAsync(TestLimits.Step, limit.Token);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(homes.BothUp);
        await TestContext.Out.WriteLineAsync($"reached {elapsed.TotalSeconds:F2} s after both were up");

        long sent = await homes.Lab.ServerSentBytesAsync();
        Assert.That(await homes.Tunnel.DownloadAsync(Length, limit.Token), Is.EqualTo(StreamDigest.OfPattern(Length)));
        Assert.That(await homes.Tunnel.UploadAsync(Length, limit.Token), Is.EqualTo(StreamDigest.OfPattern(Length)));
        sent = await homes.Lab.ServerSentBytesAsync() - sent;
        Assert.That(sent, Is.GreaterThan(2 * Length), "the server carried all of it");
        Assert.That(homes.Source.Lines.Select(line => line.Text), Has.Some.Matches(ConnetLog.RelayPath(Endpoint)));
    }

    /// <summary>A lab with the server, both clients and the service running in it.</summary>
    private sealed class Homes : IAsyncDisposable
    {
        private readonly TestService _service;
        private readonly ConnetSystem _system;

        private Homes(Lab lab, TestService service, ConnetSystem system, ProgramProcess source, int port, long bothUp)
        {
            Lab = lab;
            _service = service;
            _system = system;
            Source = source;
            Tunnel = new Tunnel(port, () => lab.NewSocket(Lab.HostA));
            BothUp = bothUp;
        }

        public Lab Lab { get; }

        public ProgramProcess Source { get; }

        public Tunnel Tunnel { get; }

        /// <summary>When the later client was connected.</summary>
        public long BothUp { get; }

        public static async Task<Homes> StartAsync(string sourceSide, string destinationSide, bool withIPv6)
        {
            Lab lab = await Lab.StartAsync(sourceSide, destinationSide, withIPv6);
            TestService? service = null;
            ConnetSystem? system = null;
            try
            {
                service = TestService.Start(lab.NewSocket(Lab.HostB));
                system = await ConnetSystem.CreateAsync(Lab.ServerAddress, lab.Namespace);
                await system.StartServerAsync(Lab.Server);
                int port = FreePorts.Next();
                Task<ProgramProcess> destination = system.StartClientAsync("destination", system.ClientConfiguration(File("destinations", service.Port)), Lab.HostB);
                ProgramProcess source = await system.StartClientAsync("source", system.ClientConfiguration(File("sources", port)), Lab.HostA);
                return new Homes(lab, service, system, source, port, Math.Max(await ConnectedAsync(source), await ConnectedAsync(await destination)));
            }
            catch
            {
                await DisposeAsync(lab, service, system);
                throw;
            }
        }

        public ValueTask DisposeAsync() => DisposeAsync(Lab, _service, _system);

        private static async ValueTask DisposeAsync(Lab lab, TestService? service, ConnetSystem? system)
        {
            if (system is not null)
            {
                await system.DisposeAsync();
            }

            if (service is not null)
            {
                await service.DisposeAsync();
            }

            await lab.DisposeAsync();
        }

        private static async Task<long> ConnectedAsync(ProgramProcess client) => (await client.WaitForLineAsync(ConnetLog.Connected, TestLimits.Start)).Time;

        private static string File(string table, int port) =>
            string.Create(CultureInfo.InvariantCulture, $"[client.{table}.{Endpoint}]\naddr = \"127.0.0.1:{port}\"");
    }
}
