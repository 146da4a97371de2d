using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Tls;

namespace Connet.Quic.Tests.Tls;

/// <summary>Nothing a peer sends makes a session throw, and nothing changed goes through.</summary>
public sealed class HostileInputTests
{
    private static readonly int s_samplesPerMessage = TestMachine.Rounds(full: 90, quick: 30);
    private static readonly int s_stepsPerMessage = TestMachine.Rounds(full: 60, quick: 20);

    [Test]
    public void A_changed_byte_anywhere_is_refused_and_never_thrown()
    {
        Random random = new(20_260_801);
        int internalErrors = 0, runs = 0;
        foreach ((bool fromClient, int index, byte[] original) in Flights())
        {
            IEnumerable<int> offsets = original.Length <= s_samplesPerMessage
                ? Enumerable.Range(0, original.Length)
                : Enumerable.Range(0, s_samplesPerMessage).Select(_ => random.Next(original.Length));
            foreach (int offset in offsets)
            {
                byte change = (byte)random.Next(1, 256);
                TlsPair pair = Changed(fromClient, index, message =>
                {
                    message[offset] ^= change;
                    return message;
                });
                string what = $"{(fromClient ? "client" : "server")} message {index} (type {original[0]}) offset {offset} xor {change:x2}";
                Assert.That(() => pair.Run(), Throws.Nothing, what);
                Assert.That(pair.IsComplete, Is.False, what);
                Assert.That(pair.Client.Outputs.Items.OfType<ErrorOutput>().Count(), Is.LessThan(2), what);
                runs++;
                if ((pair.Client.Error ?? pair.Server.Error)?.TransportErrorCode == 0x150)
                {
                    internalErrors++;
                    TestContext.Out.WriteLine($"{what}: {(pair.Client.Error ?? pair.Server.Error)!.Message}");
                }
            }
        }

        // The alert is then less exact than it could be, which harms nobody; but it should stay rare.
        Assert.That(internalErrors, Is.LessThan(runs / 50), $"{internalErrors} of {runs}");
    }

    [Test]
    public void A_message_cut_off_anywhere_is_waited_for_or_refused_and_never_thrown()
    {
        foreach ((bool fromClient, int index, byte[] original) in Flights())
        {
            int step = Math.Max(1, original.Length / s_stepsPerMessage);
            for (int length = 0; length < original.Length; length += step)
            {
                // With the header as it was, and with one that fits.
                foreach (bool fitHeader in new[] { false, true })
                {
                    TlsPair pair = Changed(fromClient, index, message =>
                        fitHeader && length >= 4 ? HandshakeBytes.Message(message[0], message[4..length]) : message[..length]);
                    string what = $"{(fromClient ? "client" : "server")} message {index} length {length}";
                    Assert.That(() => pair.Run(), Throws.Nothing, what);
                    Assert.That(pair.IsComplete, Is.False, what);
                }
            }
        }
    }

    [Test]
    public void Random_bytes_never_throw()
    {
        for (int seed = 0; seed < 400; seed++)
        {
            Random random = new(seed);
            byte[] noise = new byte[random.Next(1, 600)];
            random.NextBytes(noise);
            TlsEndpoint endpoint = seed % 2 == 0 ? TlsPair.NewServer() : TlsPair.NewClient();
            endpoint.Start();
            if (seed % 4 < 2)
            {
                // A plausible header, so that the noise reaches the parsers.
                noise = HandshakeBytes.Message(seed % 2 == 0 ? HandshakeBytes.ClientHello : HandshakeBytes.ServerHello, noise);
            }

            Assert.That(() => endpoint.Receive(EncryptionLevel.Initial, noise), Throws.Nothing, $"seed {seed}");
        }
    }

    /// <summary>Every message of a mutual handshake with its place in its sender's order.</summary>
    private static List<(bool FromClient, int Index, byte[] Message)> Flights()
    {
        TlsPair pair = TlsPair.Mutual().Run();
        pair.AssertComplete();
        return
        [
            .. pair.Client.Sent.Select((output, index) => (true, index, output.Data)),
            .. pair.Server.Sent.Select((output, index) => (false, index, output.Data)),
        ];
    }

    private static TlsPair Changed(bool fromClient, int index, Func<byte[], byte[]> change)
    {
        int client = 0, server = 0;
        return TlsPair.Mutual((sentByClient, _, message) =>
            sentByClient == fromClient && (sentByClient ? client++ : server++) == index ? change(message) : message);
    }
}
