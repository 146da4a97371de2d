namespace Connet.Protocol.Tests;

/// <summary>The alerts of RFC 8446, section 6.2, as transport error codes of QUIC.</summary>
public sealed class HandshakeAlertsTests
{
    [TestCase(0x100 + 41, false, false)]
    [TestCase(0x100 + 42, true, false, TestName = "bad_certificate")]
    [TestCase(0x100 + 46, true, false, TestName = "certificate_unknown")]
    [TestCase(0x100 + 47, false, false, TestName = "illegal_parameter")]
    [TestCase(0x100 + 48, true, false, TestName = "unknown_ca")]
    [TestCase(0x100 + 120, false, true, TestName = "no_application_protocol")]
    [TestCase(42, false, false, TestName = "no error of TLS")]
    [TestCase(null, false, false, TestName = "no transport error")]
    public void An_alert_is_for_the_certificate_or_the_protocol(long? code, bool certificate, bool protocol) =>
        Assert.That((HandshakeAlerts.IsForCertificate(code), HandshakeAlerts.IsForProtocol(code)), Is.EqualTo((certificate, protocol)));
}
