using System.Net.WebSockets;
using Connet.Client;

namespace Connet.AspNetCore.Tests;

/// <summary>A user of a source of WebSockets.</summary>
internal static class WebSocketUser
{
    /// <summary>A socket, and the connection at the destination.</summary>
    public static async Task<(ClientWebSocket Client, ConnetConnection Connection)> ConnectAsync(
        Scenario scenario, string scheme = "ws", Action<ClientWebSocketOptions>? configure = null)
    {
        Task<ConnetConnection> accepting = scenario.Destination.AcceptAsync(scenario.Token).AsTask();
        ClientWebSocket client = new();
        client.Options.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=server";
        configure?.Invoke(client.Options);
        await client.ConnectAsync(new Uri($"{scheme}://127.0.0.1:{scenario.EndPoint.Port}/"), scenario.Token);
        return (client, await accepting);
    }

    /// <summary>Receives that many bytes, in messages of any size.</summary>
    public static async Task<byte[]> ReceiveAsync(ClientWebSocket client, int length, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[length];
        for (int count = 0; count < length;)
        {
            WebSocketReceiveResult result = await client.ReceiveAsync(new ArraySegment<byte>(bytes, count, length - count), cancellationToken);
            Assert.That(result.MessageType, Is.EqualTo(WebSocketMessageType.Binary));
            count += result.Count;
        }

        return bytes;
    }
}
