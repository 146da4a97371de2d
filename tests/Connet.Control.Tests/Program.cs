using Connet.Control.Sqlite;

namespace Connet.Control.Tests;

/// <summary>The server that <see cref="CrashTests"/> kills. It says where it listens, and ends at the latest with the process that started it.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (args is not [string folder, string address])
        {
            return 2;
        }

        await using SqliteControlStore store = await SqliteControlStore.OpenAsync(Path.Combine(folder, CrashTests.StoreFile));
        ControlServerOptions options = new()
        {
            CertificateFile = Path.Combine(folder, CrashTests.CertificateFile),
            KeyFile = Path.Combine(folder, CrashTests.KeyFile),
            Store = store,
            EndpointExpiry = TimeSpan.FromMinutes(10),
        };
        options.ClientIngresses.Add(new ControlIngressOptions { Address = address });
        options.ClientTokens.Add(ControlHarness.Token);
        await using ControlServer server = await ControlServer.StartAsync(options);
        await Console.Out.WriteLineAsync($"{server.Id} {server.GetStatus().ExpiringEndpoints}");
        await Console.Out.FlushAsync();
        await Console.In.ReadToEndAsync();
        return 0;
    }
}
