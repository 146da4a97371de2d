using Connet.Quic.Core.Crypto;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Tls;
using Connet.Quic.Core.Wire;
using Connet.Quic.Tests.Simulation;

namespace Connet.Quic.Tests.Hostile;

/// <content>The TLS side: an ordinary session, with transport parameters of the test's choice.</content>
internal sealed partial class HostilePeer
{
    private void FeedTls()
    {
        for (EncryptionLevel level = EncryptionLevel.Initial; level <= EncryptionLevel.Application; level++)
        {
            EncryptionLevel at = level;
            if (_cryptoIn[(int)at].HasData)
            {
                byte[] data = _cryptoIn[(int)at].Read();
                RunTls(tls => tls.Receive(at, data, Outputs));
            }
        }
    }

    private void StartServer(ConnectionId original, ConnectionId source)
    {
        OriginalId = original;
        RemoteId = source;
        _keys[0] = InitialSecrets.Derive(CryptoProvider.Default, original, isServer: true);
        TlsServerSelection selection = new(SimulationIdentity.Server, "test"u8.ToArray(), EncodeParameters());
        _tls = BouncyCastleTlsSession.CreateServer(new TlsServerOptions { Select = _ => selection }, _random);
        RunTls(tls => tls.Start(Outputs));
    }

    private byte[] EncodeParameters()
    {
        TransportParameters parameters = new()
        {
            InitialSourceConnectionId = LocalId,
            OriginalDestinationConnectionId = _isClient ? null : OriginalId,
            StatelessResetToken = _isClient ? null : new StatelessResetToken(FrameBytes.Token(0)),
            MaxIdleTimeout = TimeSpan.FromSeconds(30),
            InitialMaxData = 1 << 24,
            InitialMaxStreamDataBidirectionalLocal = 1 << 22,
            InitialMaxStreamDataBidirectionalRemote = 1 << 22,
            InitialMaxStreamDataUnidirectional = 1 << 22,
            InitialMaxStreamsBidirectional = 100,
            InitialMaxStreamsUnidirectional = 100,
            ActiveConnectionIdLimit = 4,
        };
        _options.Change?.Invoke(parameters);
        return [.. parameters.Encode(_random), .. _options.ExtraParameters];
    }

    private void RunTls(Action<BouncyCastleTlsSession> action)
    {
        Outputs = new TlsOutputs();
        action(_tls!);
        for (int i = 0; i < Outputs.Items.Count; i++)
        {
            switch (Outputs.Items[i])
            {
                case CryptoOutput crypto:
                    _cryptoOut[(int)crypto.Level].AddRange(crypto.Data);
                    break;
                case SecretsOutput secrets:
                    Install(secrets, _isClient ? secrets.ClientSecret : secrets.ServerSecret, _isClient ? secrets.ServerSecret : secrets.ClientSecret);
                    break;
                case PeerCertificateOutput:
                    _tls!.AcceptPeerCertificate(Outputs);
                    break;
                case CompleteOutput:
                    IsComplete = true;
                    break;
            }
        }
    }

    private void Install(SecretsOutput secrets, byte[] write, byte[] read)
    {
        if (secrets.Level == EncryptionLevel.Handshake)
        {
            _keys[1] = LevelKeys.Create(CryptoProvider.Default, secrets.Suite, write, read);
        }
        else
        {
            OneRtt = new OneRttKeys(CryptoProvider.Default, secrets.Suite, write, read);
        }
    }
}
