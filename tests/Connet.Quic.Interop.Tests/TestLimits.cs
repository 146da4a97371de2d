using Connet.Quic.Interop.Tests.Peers;

namespace Connet.Quic.Interop.Tests;

/// <summary>How long a run may take at most, in milliseconds: some ten times what an idle machine with two cores needs.</summary>
internal static class TestLimits
{
    public const int Small = 60_000;

    /// <summary>For <see cref="TransferPlan.Large"/>: quiche's wrapper needs about a minute (<see cref="QuicPeer.Quiche"/>), the others 2–3 s.</summary>
    public const int Large = 300_000;
}
