using Connet.Quic.Core.Crypto;
using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Tests.Crypto;

/// <summary>The 1-RTT keys of a client and a server, and packets as small as they get between them.</summary>
internal sealed class OneRttPair : IDisposable
{
    public const int HeaderLength = 4;

    public static readonly TimeSpan ProbeTimeout = TimeSpan.FromMilliseconds(100);

    public OneRttPair(CipherSuite suite = CipherSuite.Aes128GcmSha256)
    {
        byte[] clientSecret = new byte[CipherSuiteParameters.HashLength(suite)];
        byte[] serverSecret = new byte[CipherSuiteParameters.HashLength(suite)];
        new TestRandom(1).Fill(clientSecret);
        new TestRandom(2).Fill(serverSecret);
        Client = new OneRttKeys(CryptoProvider.Default, suite, clientSecret, serverSecret);
        Server = new OneRttKeys(CryptoProvider.Default, suite, serverSecret, clientSecret);
        Client.SetProbeTimeout(ProbeTimeout);
        Server.SetProbeTimeout(ProbeTimeout);
    }

    public OneRttKeys Client { get; }

    public OneRttKeys Server { get; }

    public Timestamp Now { get; set; } = new(1_000_000);

    /// <summary>Seals a packet with the current write keys; its first byte tells the phase.</summary>
    public static byte[] Seal(OneRttKeys sender, long number)
    {
        byte[] packet = new byte[HeaderLength + 8 + Aead.TagLength];
        packet[0] = (byte)(sender.KeyPhase ? 0x44 : 0x40);
        packet[1] = (byte)number;
        sender.Write.Seal(number, packet, HeaderLength);
        return packet;
    }

    /// <summary>Opens a packet as it is; <paramref name="packet"/> stays intact for another attempt.</summary>
    public OpenResult Open(OneRttKeys receiver, long number, byte[] packet) =>
        receiver.TryOpen(Now, (packet[0] & 0x04) != 0, number, packet.ToArray(), HeaderLength);

    /// <summary>Sends one packet each way, acknowledges both, and so makes the next update possible on both sides.</summary>
    public void Exchange(long number)
    {
        Assert.That(Open(Server, number, Seal(Client, number)), Is.AnyOf(OpenResult.Opened, OpenResult.OpenedAfterUpdate));
        Assert.That(Open(Client, number, Seal(Server, number)), Is.AnyOf(OpenResult.Opened, OpenResult.OpenedAfterUpdate));
        Client.OnPacketAcknowledged(number);
        Server.OnPacketAcknowledged(number);
    }

    /// <summary>Lets three probe timeouts pass, so that previous keys are gone.</summary>
    public void DiscardPrevious()
    {
        Now += ProbeTimeout * 3;
        Client.HandleTimeout(Now);
        Server.HandleTimeout(Now);
    }

    public void ConfirmHandshake()
    {
        Client.OnHandshakeConfirmed();
        Server.OnHandshakeConfirmed();
    }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }
}
