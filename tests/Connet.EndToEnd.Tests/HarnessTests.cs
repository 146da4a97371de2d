using System.Diagnostics;
using Connet.EndToEnd.Tests.NatLab;
using Connet.EndToEnd.Tests.Processes;
using Connet.EndToEnd.Tests.Services;

namespace Connet.EndToEnd.Tests;

/// <summary>The tools of these tests, without a tunnel between them.</summary>
public sealed class HarnessTests
{
    [Test]
    public async Task The_service_answers_each_exchange()
    {
        const int Length = 1_000_001;
        using CancellationTokenSource limit = new(TestLimits.Step);
        await using TestService service = TestService.Start();
        Tunnel tunnel = new(service.Port);
        StreamDigest pattern = StreamDigest.OfPattern(Length);
        Assert.That(await tunnel.DownloadAsync(Length, limit.Token), Is.EqualTo(pattern));
        Assert.That(await tunnel.UploadAsync(Length, limit.Token), Is.EqualTo(pattern));
        await tunnel.EchoAsync("hello", limit.Token);
        using TunnelConnection reset = await tunnel.OpenAsync("reset", limit.Token);
        Assert.That(async () => await reset.Stream.ReadAsync(new byte[1], limit.Token), Throws.InstanceOf<IOException>());
    }

    [Test]
    public void A_pattern_differs_from_itself_with_a_block_missing() =>
        Assert.That(BytePattern.Sha256(512 * 1024), Is.Not.EqualTo(BytePattern.Sha256(256 * 1024)));

    [Test]
    public async Task A_line_is_awaited_and_a_signal_ends_the_program()
    {
        Programs.Require("bash");
        ProcessStartInfo start = new("bash", ["-c", "trap 'echo bye; exit 7' TERM; echo one; echo two >&2; while :; do read -t 0.1 <> <(:); done"]);
        await using ProgramProcess process = ProgramProcess.Start("bash", start);
        Assert.That((await process.WaitForLineAsync("^two$", TestLimits.Step)).IsError, Is.True);
        Assert.That((await process.WaitForLineAsync("^one$", TestLimits.Step)).IsError, Is.False);
        Assert.That(await process.TerminateAsync(TestLimits.Step), Is.EqualTo(7));
        Assert.That(process.Lines[^1].Text, Is.EqualTo("bye"));
        Assert.That(async () => await process.WaitForLineAsync("^three$", TestLimits.Step), Throws.InstanceOf<AssertionException>());
    }

    [Test]
    public async Task A_lab_has_sockets_in_its_networks_and_leaves_nothing_behind()
    {
        string server;
        Lab lab = await Lab.StartAsync("port", "sym");
        await using (lab)
        {
            using CancellationTokenSource limit = new(TestLimits.Step);
            server = lab.Namespace(Lab.Server);
            await using TestService service = TestService.Start(lab.NewSocket(Lab.HostB));
            await new Tunnel(service.Port, () => lab.NewSocket(Lab.HostB)).EchoAsync("hello", limit.Token);
            Assert.That(async () => await new Tunnel(service.Port, () => lab.NewSocket(Lab.HostA)).EchoAsync("hello", limit.Token), Throws.Exception);
            Assert.That(await lab.ServerSentBytesAsync(), Is.LessThan(100_000));
        }

        Assert.That(File.Exists($"/run/netns/{server}"), Is.False);
    }
}
