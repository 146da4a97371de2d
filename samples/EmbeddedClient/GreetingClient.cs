using System.Text;
using Connet.Client;
using Microsoft.Extensions.DependencyInjection;

namespace EmbeddedClient;

/// <summary>Dials the destination by its name, wherever it is.</summary>
internal sealed class GreetingClient([FromKeyedServices(GreetingService.Name)] ConnetSource source)
{
    /// <summary>Sends a name and returns what the destination says.</summary>
    public async Task<string> AskAsync(string name, CancellationToken cancellationToken)
    {
        await using ConnetConnection connection = await source.DialAsync(cancellationToken);
        await connection.WriteAsync(Encoding.UTF8.GetBytes(name), cancellationToken);
        connection.CompleteWrites();
        using StreamReader reader = new(connection, Encoding.UTF8, leaveOpen: true);
        string answer = await reader.ReadToEndAsync(cancellationToken);
        string path = connection.PathKind == ConnetPathKind.Direct ? "a direct path" : "a relay";
        string protection = connection.IsEncrypted ? "encrypted end to end" : "not encrypted end to end";
        Console.WriteLine($"{answer}   (over {path}, {protection})");
        return answer;
    }
}
