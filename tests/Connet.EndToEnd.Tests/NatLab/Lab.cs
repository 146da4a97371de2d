using System.Globalization;
using System.Net.Sockets;
using Connet.EndToEnd.Tests.Processes;

namespace Connet.EndToEnd.Tests.NatLab;

/// <summary>
/// Two homes with a router each, and a server, joined by a network with public addresses: network namespaces of this machine that
/// natlab.sh makes. Disposal removes them; those of a test run that was killed are removed by the next lab.
/// </summary>
internal sealed class Lab : IAsyncDisposable
{
    public const string ServerAddress = "203.0.113.10";
    public const string Server = "srv";
    public const string HostA = "hostA";
    public const string HostB = "hostB";

    private const string Mark = "ce";
    private static readonly string s_script = Path.Combine(AppContext.BaseDirectory, "NatLab", "natlab.sh");
    private static int s_count;

    private readonly string _prefix;

    private Lab(string prefix) => _prefix = prefix;

    /// <summary>Makes the lab. The types of the routers are explained at the top of natlab.sh.</summary>
    /// <param name="typeA">The router of home A.</param>
    /// <param name="typeB">The router of home B.</param>
    /// <param name="withIPv6">Whether homes and server also have IPv6, without NAT, behind a firewall each.</param>
    public static async Task<Lab> StartAsync(string typeA, string typeB, bool withIPv6 = false)
    {
        Programs.RequireNatLab();
        await RemoveAbandonedAsync();
        Lab lab = new(string.Create(CultureInfo.InvariantCulture, $"{Mark}{Environment.ProcessId}x{Interlocked.Increment(ref s_count)}-"));
        try
        {
            await RunScriptAsync(lab._prefix, withIPv6, "up", typeA, typeB);
            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    /// <summary>The name under /run/netns of one of the lab's networks.</summary>
    public string Namespace(string network) => _prefix + network;

    public Socket NewSocket(string network) => NetworkNamespace.NewSocket(Namespace(network));

    /// <summary>Bytes that the server's network card has sent so far: what it relayed, and little else.</summary>
    public async Task<long> ServerSentBytesAsync() =>
        long.Parse(
            await ProgramProcess.RunAsync("ip", ["netns", "exec", Namespace(Server), "cat", "/sys/class/net/eth0/statistics/tx_bytes"], TestLimits.Step),
            CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync() => await RunScriptAsync(_prefix, withIPv6: false, "down");

    private static async Task RemoveAbandonedAsync()
    {
        foreach (string line in (await ProgramProcess.RunAsync("ip", ["netns", "list"], TestLimits.Step)).Split('\n'))
        {
            string name = line.Split(' ')[0];
            int end = name.IndexOf('x', StringComparison.Ordinal);
            int dash = name.IndexOf('-', StringComparison.Ordinal);
            if (name.StartsWith(Mark, StringComparison.Ordinal) && end > 0 && dash > end
                && int.TryParse(name[Mark.Length..end], CultureInfo.InvariantCulture, out int owner) && !Directory.Exists($"/proc/{owner}"))
            {
                await RunScriptAsync(name[..(dash + 1)], withIPv6: false, "down");
            }
        }
    }

    private static async Task RunScriptAsync(string prefix, bool withIPv6, params string[] arguments) =>
        await ProgramProcess.RunAsync(
            "bash",
            [s_script, .. arguments],
            TestLimits.Start,
            new Dictionary<string, string>
            {
                ["PFX"] = prefix,
                ["IPV6"] = withIPv6 ? "1" : "0",
                ["PATH"] = Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin",
            });
}
