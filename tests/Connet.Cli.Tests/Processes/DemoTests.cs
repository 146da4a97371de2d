using Connet.Cli.Demo;

namespace Connet.Cli.Tests.Processes;

/// <summary>The demo as users start it.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class DemoTests
{
    [Test]
    public async Task Once_fetches_the_page_through_the_tunnel_and_ends()
    {
        using Scratch scratch = new();
        await using ConnetProcess demo = ConnetProcess.Start(scratch.Folder, "demo", "--once");
        Assert.That(await demo.WaitForExitAsync(), Is.Zero, demo.ToString());
        Assert.That(demo.Output, Has.One.Match("^open +http://127.0.0.1:[0-9]+/$"));
        Assert.That(demo.Output, Has.One.Match("^fetched +[0-9]+ bytes through the tunnel, path: (direct|relay), in [0-9.]+ ms$"));
        Assert.That(demo.Errors, Is.Empty);
    }

    [Test]
    public async Task It_serves_the_printed_address_until_it_is_interrupted()
    {
        using Scratch scratch = new();
        await using ConnetProcess demo = ConnetProcess.Start(scratch.Folder, "demo");
        string open = await demo.WaitForLineAsync("open ");
        await demo.WaitForLineAsync("Ctrl-C");
        using HttpClient browser = new() { Timeout = ConnetProcess.Limit };
        Assert.That(await browser.GetStringAsync(new Uri(open.Split(' ')[^1])), Does.Contain(DemoPage.Greeting));
        Assert.That(await demo.SignalAsync("INT"), Is.Zero, demo.ToString());
        Assert.That(demo.Errors, Is.Empty);
    }
}
