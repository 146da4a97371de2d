using System.Security.Cryptography;
using Connet.Client;
using Connet.Quic;

namespace Connet.AspNetCore.Tests;

/// <summary>Large files of a destination that serves a folder, on each kind of path.</summary>
[TestFixture(ConnetRoute.Direct)]
[TestFixture(ConnetRoute.Relay)]
public sealed class FileTransferTests(ConnetRoute route)
{
    private const int Megabyte = 1024 * 1024;

    private static readonly int s_large = TestMachine.Rounds(full: 160, quick: 48) * Megabyte;

    private readonly string _folder = Directory.CreateTempSubdirectory("connet-files-").FullName;

    [OneTimeSetUp]
    public void MakeFiles()
    {
        // It has no blocks on the disk.
        using (FileStream large = File.Create(Path.Combine(_folder, "large")))
        {
            large.SetLength(s_large);
        }

        File.WriteAllText(Path.Combine(_folder, "small"), "well");
    }

    [OneTimeTearDown]
    public void RemoveFiles() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task A_user_that_does_not_read_holds_the_file_back_and_nobody_else()
    {
        long datagrams = 0;
        await using Scenario scenario = await StartAsync(endpoint => endpoint.OutgoingFilter = _ =>
        {
            Interlocked.Increment(ref datagrams);
            return QuicDatagramFate.Send;
        });
        using HttpClient http = scenario.Http();
        using HttpResponseMessage response = await http.GetAsync("/large", HttpCompletionOption.ResponseHeadersRead, scenario.Token);

        // Signs of life go on.
        long before = await scenario.UntilStillAsync(() => Volatile.Read(ref datagrams), "nothing more is sent", noise: 10);
        const int Most = 1500;
        Assert.That(before * Most, Is.LessThan(s_large / 2));
        Assert.That(await http.GetStringAsync("/small", scenario.Token), Is.EqualTo("well"));
        using Stream body = await response.Content.ReadAsStreamAsync(scenario.Token);
        Assert.That(await SHA256.HashDataAsync(body, scenario.Token), Is.EqualTo(HashOfZeros()));
    }

    [Test]
    public async Task Downloads_that_are_broken_off_leave_everything_working()
    {
        int times = TestMachine.Rounds(full: 200, quick: 30);
        await using Scenario scenario = await StartAsync();
        using HttpClient http = scenario.Http();
        byte[] buffer = new byte[100_000];
        for (int i = 0; i < times; i++)
        {
            using HttpResponseMessage response = await http.GetAsync("/large", HttpCompletionOption.ResponseHeadersRead, scenario.Token);
            using Stream body = await response.Content.ReadAsStreamAsync(scenario.Token);
            await body.ReadExactlyAsync(buffer, scenario.Token);
        }

        Assert.That(await http.GetStringAsync("/small", scenario.Token), Is.EqualTo("well"));

        // The one of the last request is kept for the next.
        await scenario.UntilAsync(() => Open(scenario.Source.GetStatus()) <= 1, "the source has closed them");
        await scenario.UntilAsync(() => Open(scenario.Destination.GetStatus()) <= 1, "the destination has closed them");

        static int Open(ConnetEndpointStatus status) => status.Paths.Sum(path => path.OpenConnections);
    }

    private static byte[] HashOfZeros()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] zeros = new byte[Megabyte];
        for (int i = 0; i < s_large / Megabyte; i++)
        {
            hash.AppendData(zeros);
        }

        return hash.GetHashAndReset();
    }

    private async Task<Scenario> StartAsync(Action<QuicEndpointOptions>? endpoint = null)
    {
        Scenario scenario = await Scenario.StartAsync(route, options => options.ConfigureEndpoint = options.Metadata == "destination" ? endpoint : null);
        scenario.AddDestination($"file:{_folder}");
        await scenario.AddSourceAsync("http://127.0.0.1:0");
        await scenario.Source.WaitForPathAsync(scenario.Token);
        return scenario;
    }
}
