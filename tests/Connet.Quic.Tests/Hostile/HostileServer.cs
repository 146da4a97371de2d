using Connet.Quic.Core;
using Connet.Quic.Core.Crypto;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Tls;
using Connet.Quic.Core.Wire;
using Connet.Quic.Tests.Simulation;

namespace Connet.Quic.Tests.Hostile;

/// <summary>A server alone, which counts what it sends to whom.</summary>
internal sealed class HostileServer
{
    public HostileServer(EndpointConfig? config = null)
    {
        Host = new SimulatedHost(
            NetworkAddress.FromIPv4(0x0a000002, 443), 3, config ?? new EndpointConfig { StatelessResetKey = new byte[32], TokenKey = new byte[32] }, Accept);
    }

    public SimulatedHost Host { get; }

    public Timestamp Now { get; set; } = new(TimeSpan.TicksPerDay);

    public Dictionary<NetworkAddress, List<byte[]>> Sent { get; } = [];

    public Dictionary<NetworkAddress, long> BytesIn { get; } = [];

    /// <summary>A client's first Initial, made without a client: with the given frames, padded to a length.</summary>
    public static byte[] Initial(ConnectionId destination, byte[] payload, ConnectionId? source = null, byte[]? token = null, int length = 1200, long number = 0)
    {
        byte[] packet = new byte[length];
        int headerLength = PacketHeaderWriter.WriteLong(
            packet, PacketType.Initial, destination, source ?? HostilePeer.NewId(9), token ?? [], 2, out int lengthOffset);
        PacketNumber.Write(packet.AsSpan(headerLength), number, 2);
        payload.CopyTo(packet, headerLength + 2);
        VarInt.WriteTwoBytes(packet.AsSpan(lengthOffset), length - headerLength);
        using LevelKeys keys = InitialSecrets.Derive(CryptoProvider.Default, destination, isServer: false);
        keys.Write.Seal(number, packet, headerLength + 2);
        keys.WriteHeader.Protect(packet, headerLength, 2);
        return packet;
    }

    public static ConnectionId Id(long number, int length = 8)
    {
        byte[] id = new byte[length];
        BitConverter.GetBytes((int)number).CopyTo(id, 0);
        return new ConnectionId(id);
    }

    public void Receive(NetworkAddress from, byte[] datagram)
    {
        BytesIn[from] = BytesIn.GetValueOrDefault(from) + datagram.Length;
        Host.Receive(Now, from, [.. datagram], reply => Keep(from, reply));
    }

    public void Pump() => Host.Pump(Now, (transmit, data) =>
    {
        for (int at = 0; at < data.Length; at += transmit.SegmentSize)
        {
            Keep(transmit.Remote, data.Slice(at, Math.Min(transmit.SegmentSize, data.Length - at)));
        }
    });

    public void RunFor(TimeSpan time)
    {
        Timestamp end = Now + time;
        while (Host.NextTimeout <= end)
        {
            Now = Timestamp.Max(Now, Host.NextTimeout);
            Host.HandleTimeouts(Now);
            Pump();
        }

        Now = end;
    }

    /// <summary>Nobody got more than three times what it sent (RFC 9000, section 8.1).</summary>
    public void AssertNoAmplification()
    {
        foreach ((NetworkAddress to, List<byte[]> datagrams) in Sent)
        {
            long sent = datagrams.Sum(static datagram => (long)datagram.Length);
            Assert.That(sent, Is.LessThanOrEqualTo(3 * BytesIn.GetValueOrDefault(to)), () => $"to {to}");
        }
    }

    private void Keep(NetworkAddress to, ReadOnlySpan<byte> datagram)
    {
        if (!Sent.TryGetValue(to, out List<byte[]>? datagrams))
        {
            Sent.Add(to, datagrams = []);
        }

        datagrams.Add(datagram.ToArray());
    }

    private (ConnectionConfig Config, TlsFactory CreateTls) Accept(IncomingInitial initial)
    {
        ConnectionConfig config = new();
        return (config, encode => BouncyCastleTlsSession.CreateServer(
            new TlsServerOptions
            {
                Select = _ => new TlsServerSelection(SimulationIdentity.Server, "test"u8.ToArray(), encode(config))
                {
                    State = new ServerAcceptance { Config = config },
                },
            },
            Host.Random));
    }
}
