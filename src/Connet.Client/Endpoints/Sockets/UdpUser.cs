using System.Net;
using Connet.Client.Peers;

namespace Connet.Client.Endpoints.Sockets;

/// <summary>Who sends datagrams to a source, told by address and port, and the flow that carries them.</summary>
/// <param name="address">The user's address.</param>
/// <param name="activity">When there was a datagram last.</param>
internal sealed class UdpUser(SocketAddress address, FlowActivity activity)
{
    /// <summary>What waits for a flow at most: the first words of most protocols, or one datagram of any length.</summary>
    private const int EarlyCount = 64;

    private const int EarlyBytes = 64 * 1024;

    private readonly Lock _lock = new();
    private readonly DatagramQueue _early = new(EarlyCount, EarlyBytes);
    private IDatagramTunnel? _tunnel;

    public SocketAddress Address => address;

    public FlowActivity Activity => activity;

    /// <summary>Carries a datagram; while there is no flow yet, it waits for one.</summary>
    public void Send(ReadOnlySpan<byte> datagram)
    {
        activity.Touch();
        lock (_lock)
        {
            if (_tunnel is null)
            {
                _early.TryAdd(datagram);
            }
            else
            {
                _tunnel.TrySend(datagram);
            }
        }
    }

    /// <summary>There is a flow: what has waited goes first.</summary>
    /// <param name="tunnel">The flow.</param>
    /// <param name="buffer">Holds any datagram.</param>
    public void Connect(IDatagramTunnel tunnel, Span<byte> buffer)
    {
        lock (_lock)
        {
            while (_early.TryTake(buffer, out int length))
            {
                tunnel.TrySend(buffer[..length]);
            }

            _tunnel = tunnel;
        }
    }
}
