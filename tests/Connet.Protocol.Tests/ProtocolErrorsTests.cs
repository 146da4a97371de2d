using Connet.Protocol.Common;

namespace Connet.Protocol.Tests;

/// <summary>Codes between messages, close codes and exceptions.</summary>
public sealed class ProtocolErrorsTests
{
    private static readonly Dictionary<string, int> s_codes = new()
    {
        ["Unknown"] = 0,
        ["RequestUnknown"] = 1,
        ["ConnectionCheckFailed"] = 2,
        ["AuthenticationFailed"] = 100,
        ["EndpointNotAllowed"] = 101,
        ["RoleNotAllowed"] = 102,
        ["AnnounceValidationFailed"] = 200,
        ["AnnounceInvalidClientCertificate"] = 201,
        ["AnnounceInvalidServerCertificate"] = 202,
        ["RelayValidationFailed"] = 300,
        ["RelayInvalidCertificate"] = 301,
        ["RelayKeepaliveClosed"] = 302,
        ["DirectConnectionClosed"] = 400,
        ["DirectKeepaliveClosed"] = 401,
        ["DestinationNotFound"] = 500,
        ["DestinationDialFailed"] = 501,
        ["DestinationRelayEncryptionError"] = 502,
    };

    [Test]
    public void Codes_have_their_numbers()
    {
        Assert.That(Enum.GetValues<ProtocolErrorCode>().ToDictionary(code => code.ToString(), code => (int)code), Is.EquivalentTo(s_codes));
        Assert.That(Enum.GetValues<ErrorCode>().ToDictionary(code => code.ToString(), code => (int)code), Is.EquivalentTo(s_codes));
    }

    [Test]
    public void An_exception_carries_code_and_message_both_ways()
    {
        Error error = ProtocolErrors.ToError(ProtocolErrorCode.RoleNotAllowed, "no sources");
        ProtocolException exception = error.ToException();
        Assert.That(exception.Code, Is.EqualTo(ProtocolErrorCode.RoleNotAllowed));
        Assert.That(exception.Message, Is.EqualTo("no sources (RoleNotAllowed)"));
        Assert.That(exception, Is.InstanceOf<ConnetException>().And.InstanceOf<IOException>());
        Assert.That(new ProtocolException(ProtocolErrorCode.RoleNotAllowed, "no sources").ToError(), Is.EqualTo(error));
    }

    [Test]
    public void An_error_without_words_is_named_after_its_code() =>
        Assert.That(new Error { Code = ErrorCode.DestinationNotFound }.ToException().Message, Is.EqualTo("DestinationNotFound"));

    [TestCase("No sources here.", "No sources here (RoleNotAllowed)")]
    [TestCase(".", "RoleNotAllowed")]
    public void The_code_is_a_part_of_the_sentence(string message, string expected) =>
        Assert.That(new Error { Code = ErrorCode.RoleNotAllowed, Message = message }.ToException().Message, Is.EqualTo(expected));

    [Test]
    public void A_long_message_is_cut() =>
        Assert.That(new Error { Message = new string('x', 1 << 20) }.ToException().Message, Has.Length.LessThan(ProtocolErrors.MaxMessageLength + 64));

    [Test]
    public void Only_a_set_error_is_thrown()
    {
        Assert.That(() => ProtocolErrors.ThrowIfSet(null), Throws.Nothing);
        Assert.That(() => ProtocolErrors.ThrowIfSet(new Error()), Throws.TypeOf<ProtocolException>());
    }

    [TestCase(302, ProtocolErrorCode.RelayKeepaliveClosed)]
    [TestCase(0, ProtocolErrorCode.Unknown)]
    [TestCase(777, (ProtocolErrorCode)777)]
    [TestCase(int.MaxValue + 1L, ProtocolErrorCode.Unknown)]
    [TestCase((1L << 62) - 1, ProtocolErrorCode.Unknown)]
    [TestCase(-1, ProtocolErrorCode.Unknown)]
    public void Close_codes_are_read(long code, ProtocolErrorCode expected) => Assert.That(ProtocolErrors.FromCloseCode(code), Is.EqualTo(expected));

    [Test]
    public void Close_codes_are_the_numbers()
    {
        Assert.That(ProtocolErrorCode.DirectKeepaliveClosed.ToCloseCode(), Is.EqualTo(401));
        Assert.That(((ProtocolErrorCode)(-1)).ToCloseCode(), Is.Zero, "QUIC has no negative codes");
    }
}
