namespace Connet.Quic.Core.Paths;

/// <summary>
/// How much may be sent to an address that has not been validated: three times what came from it (RFC 9000, section 8.1).
/// Both directions count whole UDP payloads, each datagram once, however many packets it holds.
/// </summary>
internal sealed class AntiAmplificationLimit
{
    private const int Factor = 3;

    private long _available;

    /// <summary>Whether the address is validated, and so the limit gone.</summary>
    public bool Validated { get; private set; }

    /// <summary>How many bytes may be sent now.</summary>
    public long Available => Validated ? long.MaxValue : Math.Max(_available, 0);

    /// <summary>Counts one received datagram. Call it once per datagram, not once per packet.</summary>
    public void OnDatagramReceived(int bytes)
    {
        if (!Validated)
        {
            _available += (long)Factor * bytes;
        }
    }

    /// <summary>Counts one sent datagram.</summary>
    public void OnSent(int bytes)
    {
        if (!Validated)
        {
            _available -= bytes;
        }
    }

    /// <summary>The peer proved that it receives at this address.</summary>
    public void MarkValidated() => Validated = true;

    /// <summary>How many of <paramref name="wanted"/> bytes may be sent now.</summary>
    public int Allowance(int wanted) => (int)Math.Min(wanted, Available);
}
