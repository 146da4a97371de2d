using System.Net;
using System.Security.Cryptography;
using Connet.Control;
using Connet.Protocol.Identities;
using Connet.Quic;
using Connet.Relay;

namespace Connet.Hosting;

/// <summary>What the relay and the control server of one process know each other by, for as long as it runs.</summary>
internal sealed class ConnetServerJoint
{
    private const int TokenBytes = 32;

    private readonly ControlIngressOptions _ingress;
    private readonly GeneratedCertificate _certificate;
    private readonly QuicCertificateValidation _pinned;
    private readonly string _token = RandomNumberGenerator.GetHexString(2 * TokenBytes, lowercase: true);

    private ConnetServerJoint(string address, GeneratedCertificate certificate)
    {
        _certificate = certificate;
        _pinned = QuicCertificateValidation.Pinned(certificate.Certificate);
        _ingress = new ControlIngressOptions
        {
            Address = address,
            Certificate = QuicCertificate.FromDer([certificate.Certificate.ToArray()], certificate.ExportPkcs8()),
        };
    }

    /// <summary>Makes a certificate and a token that nobody else knows.</summary>
    public static ConnetServerJoint Create(ConnetServerOptions options) =>
        new(options.JointAddress(), new IdentityFactory(options.TimeProvider ?? TimeProvider.System).CreateRelay());

    /// <summary>The control server's options.</summary>
    public ControlServerOptions ControlOptions(ConnetServerOptions options, IControlStore? store) => options.ControlOptions([_ingress], store, _token);

    /// <summary>The relay's options.</summary>
    /// <param name="options">The options of both.</param>
    /// <param name="control">Where the control server serves the relay.</param>
    public RelayServerOptions RelayOptions(ConnetServerOptions options, IPEndPoint control)
    {
        RelayServerOptions relay = options.RelayOptions(_token, control.ToString(), _pinned);
        relay.ControlName = _certificate.ServerName;
        return relay;
    }
}
