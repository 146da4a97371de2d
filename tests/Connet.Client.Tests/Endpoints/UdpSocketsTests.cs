using System.Net.Sockets;
using Connet.Client.Endpoints;
using Connet.Client.Endpoints.Sockets;

namespace Connet.Client.Tests.Endpoints;

/// <summary>What both ends of UDP share.</summary>
public sealed class UdpSocketsTests
{
    private const int Count = 1000;

    /// <summary>Each datagram takes a second, and the next one waits already.</summary>
    [Test]
    public async Task A_flow_in_which_there_is_always_a_next_datagram_is_never_idle([Values] bool isUnreachable)
    {
        ManualTimers clock = new();
        await using Busy tunnel = new();
        using FlowActivity activity = new(clock, _ => { });
        TimeSpan longest = TimeSpan.Zero;
        await UdpSockets.SendAllAsync(tunnel, activity, datagram =>
        {
            clock.Pass(TimeSpan.FromSeconds(1));
            longest = activity.IdleTime > longest ? activity.IdleTime : longest;
            return isUnreachable ? throw new SocketException((int)SocketError.ConnectionRefused) : ValueTask.FromResult(datagram.Length);
        });
        Assert.That((tunnel.Taken, longest), Is.EqualTo((Count, TimeSpan.FromSeconds(1))));
    }

    private sealed class Busy : IDatagramTunnel
    {
        public int Taken { get; private set; }

        public bool TrySend(ReadOnlySpan<byte> datagram) => false;

        public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => ValueTask.FromResult(true);

        public bool TryReceive(Span<byte> buffer, out int length)
        {
            length = 1;
            return Taken < Count && ++Taken > 0;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
