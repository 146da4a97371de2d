using System.Text;
using Connet.HandPeer;
using Connet.Protocol.Identities;
using PeerRequest = Connet.Protocol.Peers.Request;
using PeerResponse = Connet.Protocol.Peers.Response;

namespace Connet.Client.Tests.Peers;

/// <summary>Short forms of bounded waits.</summary>
internal static class PeerExtensions
{
    public static GeneratedCertificate Server(this ConnetSource source) => source.Controlled.Identity.Server;

    public static GeneratedCertificate Server(this ConnetDestination destination) => destination.Controlled.Identity.Server;

    public static async Task<ConnetConnection> DialBoundedAsync(this ConnetSource source)
    {
        using CancellationTokenSource patience = new(ClientUnderTest.Patience);
        return await source.DialAsync(patience.Token);
    }

    public static async Task<ConnetConnection> AcceptBoundedAsync(this ConnetDestination destination)
    {
        using CancellationTokenSource patience = new(ClientUnderTest.Patience);
        return await destination.AcceptAsync(patience.Token);
    }

    public static async Task<ConnetDatagramFlow> DialDatagramsBoundedAsync(this ConnetSource source)
    {
        using CancellationTokenSource patience = new(ClientUnderTest.Patience);
        return await source.DialDatagramsAsync(patience.Token);
    }

    public static async Task<ConnetDatagramFlow> AcceptDatagramsBoundedAsync(this ConnetDestination destination)
    {
        using CancellationTokenSource patience = new(ClientUnderTest.Patience);
        return await destination.AcceptDatagramsAsync(patience.Token);
    }

    /// <summary>The next datagram; null at the end.</summary>
    public static async Task<byte[]?> ReceiveBoundedAsync(this ConnetDatagramFlow flow)
    {
        using CancellationTokenSource patience = new(ClientUnderTest.Patience);
        byte[] buffer = new byte[ConnetDatagramFlow.MaxDatagramLength];
        return await flow.ReceiveAsync(buffer, patience.Token) is { } length ? buffer[..length] : null;
    }

    public static async Task WaitBoundedAsync(this ConnetSource source, ConnetPathKind kind)
    {
        using CancellationTokenSource patience = new(ClientUnderTest.Patience);
        await source.WaitForPathAsync(kind, patience.Token);
    }

    /// <summary>Waits for a task to fail as expected.</summary>
    public static async Task<T> FailureAsync<T>(this Task task)
        where T : Exception
    {
        try
        {
            await task.WaitAsync(ClientUnderTest.Patience);
        }
        catch (T exception)
        {
            return exception;
        }

        throw new InvalidOperationException("The task did not fail.");
    }

    public static async Task<string> ReadTextAsync(this Stream stream, int count)
    {
        using CancellationTokenSource patience = new(ClientUnderTest.Patience);
        byte[] bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, patience.Token);
        return Encoding.ASCII.GetString(bytes);
    }

    public static async Task<string> ReadTextToEndAsync(this Stream stream)
    {
        using CancellationTokenSource patience = new(ClientUnderTest.Patience);
        using MemoryStream bytes = new();
        await stream.CopyToAsync(bytes, patience.Token);
        return Encoding.ASCII.GetString(bytes.ToArray());
    }

    public static async Task WriteTextAsync(this Stream stream, string text)
    {
        using CancellationTokenSource patience = new(ClientUnderTest.Patience);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text), patience.Token);
    }

    public static async Task<Exception> ReadFailureAsync(this Stream stream)
    {
        using CancellationTokenSource patience = new(ClientUnderTest.Patience);
        byte[] buffer = new byte[4096];
        try
        {
            while (await stream.ReadAsync(buffer, patience.Token) > 0)
            {
            }
        }
        catch (IOException exception)
        {
            return exception;
        }

        throw new InvalidOperationException("The stream ended in order.");
    }

    /// <summary>Takes the next stream and its request to connect, and accepts it.</summary>
    public static async Task<(HandStream Stream, PeerRequest Request)> AcceptConnectAsync(this HandConnection connection, PeerResponse? answer = null)
    {
        HandStream stream = await connection.AcceptAsync();
        PeerRequest request = await stream.ReceiveAsync(PeerRequest.Parser);
        await stream.SendAsync(answer ?? new PeerResponse { Connect = new PeerResponse.Types.Connect() });
        return (stream, request);
    }

    /// <summary>Opens a stream and asks for a connection.</summary>
    /// <returns>The stream and the answer.</returns>
    public static async Task<(HandStream Stream, PeerResponse Answer)> ConnectAsync(this HandConnection connection, PeerRequest? request = null)
    {
        HandStream stream = await connection.OpenAsync();
        await stream.SendAsync(request ?? new PeerRequest { Connect = new PeerRequest.Types.Connect() });
        return (stream, await stream.ReceiveAsync(PeerResponse.Parser));
    }

    public static string Text(this byte[] bytes) => Encoding.ASCII.GetString(bytes);

    public static byte[] Bytes(this string text) => Encoding.ASCII.GetBytes(text);

    /// <summary>Waits until a state is reached; every change of peers and paths looks again.</summary>
    public static async Task UntilAsync(this ConnetSource source, Func<bool> condition) => await UntilAsync(source.Controlled, condition);

    public static async Task UntilAsync(this ConnetDestination destination, Func<bool> condition) => await UntilAsync(destination.Controlled, condition);

    private static async Task UntilAsync(object controlled, Func<bool> condition)
    {
        Client.Peers.PeerEndpoint endpoint = (Client.Peers.PeerEndpoint)controlled;
        using CancellationTokenSource patience = new(ClientUnderTest.Patience);
        while (true)
        {
            Task changed = endpoint.Changed.Next;
            if (condition())
            {
                return;
            }

            await changed.WaitAsync(patience.Token);
        }
    }
}
