using Connet.Protocol.Common;
using Connet.Protocol.Encryption;
using Connet.Protocol.Identities;
using Connet.Protocol.Peers;
using Connet.Protocol.Tests.Vectors;

namespace Connet.Protocol.Tests.Encryption;

/// <summary>What programs of the field agreed on in whole sessions, judged by our rules.</summary>
public sealed class TranscriptEncryptionTests
{
    private static readonly RelayEncryption[] s_all = [RelayEncryption.Tls, RelayEncryption.Dhxcp, RelayEncryption.None];

    [TestCase("relay-tls", 1)]
    [TestCase("relay-dhxcp", 2)]
    [TestCase("relay-none", 0)]
    [TestCase("direct", 0)]
    public void Request_and_answer_of_a_session_are_what_we_would_choose_and_accept(string scenario, int expected)
    {
        Request.Types.Connect[] requests = [.. Requests(scenario)];
        Response.Types.Connect[] answers = [.. Answers(scenario)];
        Assert.That(requests.Length, Is.EqualTo(answers.Length).And.GreaterThanOrEqualTo(2), "as sent and as received");
        foreach (Request.Types.Connect request in requests)
        {
            Assert.That(RelayEncryptionPolicy.Choose(request, s_all, [[]]), Is.EqualTo((RelayEncryption)expected));
        }

        foreach (Response.Types.Connect answer in answers)
        {
            Assert.That(answer.DestinationEncryption, Is.EqualTo((RelayEncryption)expected));
            Assert.That(RelayEncryptionPolicy.IsAcceptable(answer, RelayEncryptionPolicy.OfferOf(requests[0]), [[]]), Is.True);
        }
    }

    /// <summary>Both sides name themselves by their server certificates, the source too, though it will show its client certificate.</summary>
    [Test]
    public void In_a_session_with_tls_each_side_names_its_server_certificate()
    {
        Dictionary<Role, CertificateInfo> announced = Messages("relay-tls", "control Request")
            .Select(message => Control.Request.Parser.ParseFrom(message.Body).Announce)
            .Where(announce => announce is not null)
            .DistinctBy(announce => announce.Role)
            .ToDictionary(announce => announce.Role, announce => Read(announce.Peer.ServerCertificate.Span));
        Assert.That(Requests("relay-tls").Select(request => request.SourceTls.ClientName), Has.All.EqualTo(announced[Role.Source].ServerName));
        Assert.That(Answers("relay-tls").Select(answer => answer.DestinationTls.ClientName), Has.All.EqualTo(announced[Role.Destination].ServerName));
        Assert.That(announced[Role.Source].ServerName, Does.EndWith(".connet.peer.invalid").And.Not.EqualTo(announced[Role.Destination].ServerName));
    }

    private static IEnumerable<TranscriptMessage> Messages(string scenario, string kind) =>
        TranscriptMessage.All.Where(message => message.Scenario == scenario && message.Kind == kind);

    private static IEnumerable<Request.Types.Connect> Requests(string scenario) =>
        Messages(scenario, "peer Request").Select(message => Request.Parser.ParseFrom(message.Body).Connect).Where(connect => connect is not null);

    private static IEnumerable<Response.Types.Connect> Answers(string scenario) =>
        Messages(scenario, "peer Response").Select(message => Response.Parser.ParseFrom(message.Body).Connect).Where(connect => connect is not null);

    private static CertificateInfo Read(ReadOnlySpan<byte> certificate)
    {
        Assert.That(CertificateInfo.TryRead(certificate, out CertificateInfo? info));
        return info!;
    }
}
