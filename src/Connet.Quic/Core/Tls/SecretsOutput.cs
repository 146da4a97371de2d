using Connet.Quic.Core.Crypto;
using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Tls;

/// <summary>
/// The traffic secrets of <paramref name="Level"/>: first Handshake, later Application. A server gets the Application
/// secrets before the client's Finished: it may write with them at once (but to nobody who has been authenticated), and
/// must not read with them before <see cref="CompleteOutput"/> (RFC 9001, section 5.7). The receiver owns the arrays.
/// </summary>
internal sealed record SecretsOutput(EncryptionLevel Level, CipherSuite Suite, byte[] ClientSecret, byte[] ServerSecret) : TlsOutput
{
    /// <summary>Names the level and the suite, never the secrets.</summary>
    public override string ToString() => $"SecretsOutput {{ Level = {Level}, Suite = {Suite} }}";
}
