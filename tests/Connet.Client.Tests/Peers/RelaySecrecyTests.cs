using System.Security.Cryptography;
using Connet.Protocol;

namespace Connet.Client.Tests.Peers;

/// <summary>What a relay sees of a connection between two of our clients.</summary>
[TestFixture(1)]
[TestFixture(2)]
[Parallelizable(ParallelScope.All)]
public sealed class RelaySecrecyTests(int generation)
{
    private const int Window = 8;

    [TestCase("none", true)]
    [TestCase("dhxcp", false)]
    [TestCase("tls", false)]
    public async Task Relay_sees_the_bytes_only_where_nothing_is_encrypted(string encryption, bool isVisible)
    {
        byte[] question = RandomNumberGenerator.GetBytes(60_000);
        byte[] answer = RandomNumberGenerator.GetBytes(60_000);
        await using RecordedRelay relay = await RecordedRelay.StartAsync((ProtocolGeneration)generation, encryption);
        (ConnetConnection source, ConnetConnection destination) = await relay.ConnectAsync();
        Assert.That((source.IsEncrypted, destination.IsEncrypted), Is.EqualTo((!isVisible, !isVisible)));
        Assert.That(await CrossAsync(source, destination, question), Is.EqualTo(question));
        Assert.That(await CrossAsync(destination, source, answer), Is.EqualTo(answer));
        await source.DisposeAsync();
        await destination.DisposeAsync();
        await relay.ForwardedAsync();
        Assert.That(relay.Forth.Length, Is.GreaterThanOrEqualTo(question.Length));
        Assert.That(relay.Back.Length, Is.GreaterThanOrEqualTo(answer.Length));
        Assert.That(Contains(relay.Forth.ToArray(), question), Is.EqualTo(isVisible));
        Assert.That(Contains(relay.Back.ToArray(), answer), Is.EqualTo(isVisible));
        Assert.That(Contains(relay.Forth.ToArray(), answer) || Contains(relay.Back.ToArray(), question), Is.False);
    }

    /// <summary>Whether any eight bytes in a row of the secret stand in the record.</summary>
    private static bool Contains(byte[] record, byte[] secret)
    {
        HashSet<ulong> windows = [];
        for (int at = 0; at + Window <= record.Length; at++)
        {
            windows.Add(BitConverter.ToUInt64(record, at));
        }

        for (int at = 0; at + Window <= secret.Length; at++)
        {
            if (windows.Contains(BitConverter.ToUInt64(secret, at)))
            {
                return true;
            }
        }

        return false;
    }

    private static async Task<byte[]> CrossAsync(ConnetConnection from, ConnetConnection to, byte[] data)
    {
        using CancellationTokenSource patience = new(ClientUnderTest.Patience);
        using MemoryStream read = new();
        Task reading = to.CopyToAsync(read, patience.Token);
        await from.WriteAsync(data, patience.Token);
        from.CompleteWrites();
        await reading;
        return read.ToArray();
    }
}
