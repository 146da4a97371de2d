using System.Net;
using Connet.Protocol.Restrictions;
using Connet.Protocol.Timing;
using Connet.Quic;
using Connet.Relay.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Connet.Relay;

/// <summary>Which addresses may connect to a socket; they can change while it is open. Thread safe.</summary>
/// <param name="addresses">The rules at first.</param>
/// <param name="address">The socket's address as it was configured.</param>
/// <param name="next">Asked about addresses that the rules permit.</param>
/// <param name="clock">The clock of the log's budget.</param>
/// <param name="logger">Where refusals are logged.</param>
internal sealed class RelayAddressRules(
    IpRestriction addresses, string address, Func<IPEndPoint, QuicAdmission>? next, TimeProvider clock, ILogger logger)
{
    /// <summary>Strangers, and forgers of addresses, decide how often an address is refused.</summary>
    private const int LinesPerSecond = 10;

    private readonly LineBudget _lines = new(clock, LinesPerSecond);
    private volatile IpRestriction _addresses = addresses;

    public IpRestriction Addresses
    {
        get => _addresses;
        set => _addresses = value;
    }

    /// <summary>Decides about an address, on the socket's thread.</summary>
    public QuicAdmission Admit(IPEndPoint remote)
    {
        if (_addresses.IsAllowed(remote.Address))
        {
            return next?.Invoke(remote) ?? QuicAdmission.Accept;
        }

        if (_lines.TryTake(out int suppressed))
        {
            RelayLog.AddressRefused(logger, remote, address, suppressed);
        }

        return QuicAdmission.Refuse;
    }
}
