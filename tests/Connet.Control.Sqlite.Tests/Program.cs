using System.Text;

namespace Connet.Control.Sqlite.Tests;

/// <summary>The process that <see cref="CrashTests"/> kills: it writes one value after the other, and says of each when it is acknowledged.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (args is not [string path])
        {
            return 2;
        }

        await using SqliteControlStore store = await SqliteControlStore.OpenAsync(path);
        for (int i = 0; ; i++)
        {
            await store.SetAsync($"key {i}", Encoding.UTF8.GetBytes($"value {i}"));
            await Console.Out.WriteLineAsync(i.ToString(System.Globalization.CultureInfo.InvariantCulture));
            await Console.Out.FlushAsync();
        }
    }
}
