using Connet.Protocol.Identities;
using Connet.Protocol.Tests.Vectors;
using CsCheck;

namespace Connet.Protocol.Tests.Identities;

/// <summary>Reading announced certificates.</summary>
public sealed class CertificateInfoTests
{
    [Test]
    public void The_server_sample_is_read()
    {
        byte[] der = Samples.Bytes("certificates/server_der");
        Assert.That(CertificateInfo.TryRead(der, out CertificateInfo? info), Is.True);
        Assert.That(info!.ServerName, Is.EqualTo(Samples.Text("certificates/server_dns_name")));
        Assert.That(info.Key, Is.EqualTo(Samples.Text("certificates/server_key")));
        Assert.That(info.Certificate.ToArray(), Is.EqualTo(der));
    }

    [Test]
    public void The_client_sample_has_no_name()
    {
        Assert.That(CertificateInfo.TryRead(Samples.Bytes("certificates/client_der"), out CertificateInfo? info), Is.True);
        Assert.That(info!.ServerName, Is.Null);
        Assert.That(info.Key, Is.EqualTo(Samples.Text("certificates/client_key")));
    }

    [Test]
    public void A_certificate_in_part_or_with_more_behind_it_is_refused()
    {
        byte[] der = Samples.Bytes("certificates/server_der");
        for (int length = 0; length < der.Length; length++)
        {
            Assert.That(CertificateInfo.TryRead(der.AsSpan(0, length), out _), Is.False, $"{length} bytes");
        }

        Assert.That(CertificateInfo.TryRead([.. der, 0], out _), Is.False);
        Assert.That(CertificateInfo.TryRead(new byte[1 << 20], out _), Is.False);
    }

    [Test]
    public void Damaged_certificates_never_throw() =>
        Gen.Select(Gen.Int[0, 453], Gen.Byte).Array[1, 4].Sample(
            changes =>
            {
                byte[] der = Samples.Bytes("certificates/server_der");
                foreach ((int at, byte value) in changes)
                {
                    der[at] = value;
                }

                if (CertificateInfo.TryRead(der, out CertificateInfo? info))
                {
                    info.Verify([1], new byte[64]);
                }
            },
            seed: "0N0XIzNsQ0O2",
            iter: 2000);
}
