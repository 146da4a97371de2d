using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Connet.EndToEnd.Tests.Processes;
using Connet.EndToEnd.Tests.Services;

namespace Connet.EndToEnd.Tests;

/// <summary>The quickstart by hand: a server, a destination's client and a source's client on one machine, and an application on each side.</summary>
public sealed class QuickstartTests
{
    private const int ParallelConnections = 500;
    private const int EchoedBytes = 20_000;

    private readonly Routes _routes = new(Routes.Direct, Routes.Relay, Routes.Any);
    private readonly Routes _datagramRoutes = Routes.Of("udp", Routes.Direct, Routes.Relay);
    private TestService? _service;
    private UdpEcho? _datagramService;
    private ConnetSystem? _system;

    [OneTimeSetUp]
    public async Task Start_server_and_clients()
    {
        Programs.Require("curl", "openssl", "bash");
        _service = TestService.Start();
        _datagramService = UdpEcho.Start();
        _system = await ConnetSystem.CreateAsync();
        await _system.StartServerAsync();
        await _system.StartClientAsync("destination", _system.ClientConfiguration($"{_routes.Destinations(_service.Port)}\n{_datagramRoutes.Destinations(_datagramService.EndPoint.Port)}"));
        await _system.StartClientAsync("source", _system.ClientConfiguration($"{_routes.Sources}\n{_datagramRoutes.Sources}"));
        using CancellationTokenSource limit = new(TestLimits.Step);
        foreach (string route in (string[])[Routes.Direct, Routes.Relay, Routes.Any])
        {
            await _routes.Tunnel(route).WaitUntilReachedAsync(TestLimits.Step, limit.Token);
        }
    }

    [OneTimeTearDown]
    public async Task Stop_all()
    {
        if (_system is not null)
        {
            await _system.DisposeAsync();
        }

        if (_service is not null)
        {
            await _service.DisposeAsync();
        }

        if (_datagramService is not null)
        {
            await _datagramService.DisposeAsync();
        }
    }

    [Test]
    public async Task Curl_gets_the_page([Values(Routes.Direct, Routes.Relay, Routes.Any)] string route)
    {
        string url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_routes.Tunnel(route).Port}/");
        string page = await ProgramProcess.RunAsync("curl", ["--silent", "--show-error", "--fail", "--max-time", "10", url], TestLimits.Step);
        Assert.That(page + "\n", Is.EqualTo(TestService.Page));
    }

    [Test]
    public async Task A_large_file_arrives_whole_at_the_source([Values(Routes.Direct, Routes.Relay)] string route)
    {
        using CancellationTokenSource limit = new(TestLimits.Transfer);
        StreamDigest arrived = await _routes.Tunnel(route).DownloadAsync(TestLimits.FileBytes, limit.Token);
        Assert.That(arrived, Is.EqualTo(StreamDigest.OfPattern(TestLimits.FileBytes)));
    }

    [Test]
    public async Task A_large_file_arrives_whole_at_the_destination([Values(Routes.Direct, Routes.Relay)] string route)
    {
        using CancellationTokenSource limit = new(TestLimits.Transfer);
        StreamDigest arrived = await _routes.Tunnel(route).UploadAsync(TestLimits.FileBytes, limit.Token);
        Assert.That(arrived, Is.EqualTo(StreamDigest.OfPattern(TestLimits.FileBytes)));
    }

    [Test]
    public async Task Five_hundred_connections_are_open_at_once([Values(Routes.Direct, Routes.Relay)] string route)
    {
        using CancellationTokenSource limit = new(TestLimits.Start);
        TaskCompletionSource allAnswered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int answered = 0;
        await Task.WhenAll(Enumerable.Range(0, ParallelConnections).Select(TalkAsync));

        async Task TalkAsync(int number)
        {
            using TunnelConnection connection = await _routes.Tunnel(route).OpenAsync("echo", limit.Token);
            string line = number.ToString(CultureInfo.InvariantCulture);
            await connection.WriteAsync(line + "\n", limit.Token);
            Assert.That(await connection.ReadLineAsync(limit.Token), Is.EqualTo(line));

            // Nobody goes on before all of them have been answered, so that all are open at once.
            if (Interlocked.Increment(ref answered) == ParallelConnections)
            {
                allAnswered.SetResult();
            }

            await allAnswered.Task.WaitAsync(limit.Token);
            string text = new((char)('a' + (number % 26)), EchoedBytes);
            await connection.WriteAsync(text, limit.Token);
            connection.CompleteWrites();
            using StreamReader reader = new(connection.Stream);
            Assert.That(await reader.ReadToEndAsync(limit.Token), Is.EqualTo(text));
        }
    }

    [Test]
    public async Task A_half_closed_connection_still_gets_its_answer([Values(Routes.Direct, Routes.Relay, Routes.Any)] string route)
    {
        const int Length = 100_000;
        using CancellationTokenSource limit = new(TestLimits.Step);
        StreamDigest answer = await _routes.Tunnel(route).UploadAsync(Length, limit.Token);
        Assert.That(answer, Is.EqualTo(StreamDigest.OfPattern(Length)));
    }

    [Test]
    public async Task A_service_that_has_said_its_last_word_still_hears_the_rest([Values(Routes.Direct, Routes.Relay, Routes.Any)] string route)
    {
        const int Length = 3_000_000;
        using CancellationTokenSource limit = new(TestLimits.Step);
        using TunnelConnection connection = await _routes.Tunnel(route).OpenAsync("farewell", limit.Token);
        StreamReader reader = new(connection.Stream);
        Assert.That(await reader.ReadToEndAsync(limit.Token), Is.EqualTo(TestService.Farewell));

        Task<StreamDigest> heard = _service!.NextAfterFarewellAsync(limit.Token);
        await BytePattern.WriteAsync(Length, bytes => connection.Stream.WriteAsync(bytes, limit.Token));
        connection.CompleteWrites();
        Assert.That(await heard, Is.EqualTo(StreamDigest.OfPattern(Length)));
    }

    [Test]
    public async Task Datagrams_come_back([Values(Routes.Direct, Routes.Relay)] string route)
    {
        using CancellationTokenSource limit = new(TestLimits.Step);
        IPEndPoint source = new(IPAddress.Loopback, _datagramRoutes.Port(route));
        using UdpProgram first = new();
        using UdpProgram second = new();
        foreach (int length in (int[])[0, 512, 1400, 65_507])
        {
            byte[] question = RandomNumberGenerator.GetBytes(length);
            await first.AskAsync(source, question, limit.Token);
            await second.AskAsync(source, question, limit.Token);
        }
    }

    [Test]
    public async Task A_reset_of_the_service_reaches_the_application([Values(Routes.Direct, Routes.Relay)] string route)
    {
        using CancellationTokenSource limit = new(TestLimits.Step);
        using TunnelConnection connection = await _routes.Tunnel(route).OpenAsync("reset", limit.Token);
        Assert.That(async () => await connection.Stream.ReadAsync(new byte[1], limit.Token), Throws.InstanceOf<IOException>());
    }
}
