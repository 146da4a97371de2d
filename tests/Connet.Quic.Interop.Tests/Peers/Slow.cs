namespace Connet.Quic.Interop.Tests.Peers;

/// <summary>Peers that take long for much.</summary>
internal static class Slow
{
    /// <summary>quiche's packets pass through Node one by one: 100 MB take most of a minute, and a second with the others.</summary>
    public static void RequireTimeFor(QuicPeer peer)
    {
        if (peer == QuicPeer.Quiche)
        {
            TestMachine.RequireTime();
        }
    }
}
