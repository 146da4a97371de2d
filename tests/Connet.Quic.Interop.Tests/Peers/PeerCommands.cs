using System.Diagnostics;
using System.Globalization;

namespace Connet.Quic.Interop.Tests.Peers;

/// <summary>The command line of each peer (eng/peers/README.md has the arguments).</summary>
internal static class PeerCommands
{
    public static ProcessStartInfo Server(QuicPeer peer, string host, string certificateFolder, bool retry)
    {
        ProcessStartInfo start = Program(peer, "server");
        AddAll(start, host, "0", TestProtocol.Alpn, certificateFolder);
        if (retry)
        {
            start.ArgumentList.Add("retry");
        }

        return start;
    }

    public static ProcessStartInfo Client(QuicPeer peer, string host, int port, string certificateFolder, TransferPlan plan)
    {
        ProcessStartInfo start = Program(peer, "client");
        AddAll(start, host, port.ToString(CultureInfo.InvariantCulture), TestProtocol.Alpn, certificateFolder);
        AddAll(start, plan.Streams.ToString(CultureInfo.InvariantCulture), plan.BytesPerStream.ToString(CultureInfo.InvariantCulture));
        if (plan.Datagrams > 0)
        {
            AddAll(start, plan.Datagrams.ToString(CultureInfo.InvariantCulture));
        }

        return start;
    }

    private static ProcessStartInfo Program(QuicPeer peer, string role)
    {
        string installed = PeerPaths.Installed;
        ProcessStartInfo start = new();
        switch (peer)
        {
            case QuicPeer.Quinn:
                start.FileName = Path.Combine(installed, "bin", "deno");
                AddAll(start, "run", "--quiet", "--no-config", "--no-lock", "--unstable-net", "--allow-net", "--allow-read", "--allow-env");
                AddAll(start, Path.Combine(installed, "quinn", role + ".mjs"));
                break;
            case QuicPeer.Quiche:
                start.FileName = "node";
                AddAll(start, Path.Combine(installed, "quiche", role + ".mjs"));
                break;
            case QuicPeer.QuicGo:
                start.FileName = Path.Combine(installed, "bin", "quic-go-echo");
                AddAll(start, role);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(peer), peer, null);
        }

        return start;
    }

    private static void AddAll(ProcessStartInfo start, params ReadOnlySpan<string> arguments)
    {
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
    }
}
