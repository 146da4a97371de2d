using System.Net;
using Connet.Control.Diagnostics;
using Connet.Control.Sessions;
using Connet.Protocol.Timing;
using Connet.Quic;

namespace Connet.Control.Ingresses;

/// <summary>What an ingress answers new connections with; it can change while the socket is open. Thread safe.</summary>
/// <param name="plan">What it answers with at first.</param>
/// <param name="server">Where refusals are logged.</param>
/// <param name="next">Asked about addresses that the rules permit.</param>
internal sealed class IngressRules(IngressPlan plan, ServerContext server, Func<IPEndPoint, QuicAdmission>? next)
{
    /// <summary>Strangers, and forgers of addresses, decide how often an address is refused.</summary>
    private const int LinesPerSecond = 10;

    private readonly LineBudget _lines = new(server.Clock, LinesPerSecond);
    private volatile IngressPlan _plan = plan;

    public IngressPlan Plan
    {
        get => _plan;
        set => _plan = value;
    }

    /// <summary>Decides about an address, on the socket's thread.</summary>
    public QuicAdmission Admit(IPEndPoint remote)
    {
        IngressPlan current = _plan;
        if (current.Addresses.IsAllowed(remote.Address))
        {
            return next?.Invoke(remote) ?? QuicAdmission.Accept;
        }

        if (_lines.TryTake(out int suppressed))
        {
            ControlLog.AddressRefused(server.Logger, remote, current.Side, current.Address, suppressed);
        }

        return QuicAdmission.Refuse;
    }
}
