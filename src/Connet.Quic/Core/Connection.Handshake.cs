using Connet.Quic.Core.Crypto;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Streams;
using Connet.Quic.Core.Tls;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;
using Path = Connet.Quic.Core.Paths.Path;

namespace Connet.Quic.Core;

/// <content>The TLS handshake: CRYPTO data goes to TLS in jobs, and what TLS says becomes keys, parameters and events.</content>
internal sealed partial class Connection
{
    private TransportParameters? _peerParameters;
    private bool _handshakeDonePending;
    private bool _peerAddressValidated;
    private bool _handshakeEndReported;

    /// <summary>Takes the TLS work that is due, if any; the driver runs it outside the lock and returns it to <see cref="CompleteTlsJob"/>.</summary>
    public bool TryTakeTlsJob(out TlsJob? job)
    {
        if (State is ConnectionState.Handshake or ConnectionState.Established)
        {
            return _handshake.TryTakeJob(_spaces, out job);
        }

        job = null;
        return false;
    }

    /// <summary>Takes the results of a finished job.</summary>
    public void CompleteTlsJob(Timestamp now, TlsJob job)
    {
        _handshake.EndJob();
        foreach (TlsOutput output in job.Outputs.Items)
        {
            if (State is not (ConnectionState.Handshake or ConnectionState.Established))
            {
                return;
            }

            HandleTlsOutput(now, output);
        }

        ReplayUndecryptable(now);
    }

    /// <summary>Answers <see cref="ConnectionEventKind.PeerCertificateReceived"/>; the handshake goes on, or ends with the alert.</summary>
    public void CompleteCertificateValidation(CertificateDecision decision)
    {
        if (State == ConnectionState.Handshake)
        {
            _handshake.Decide(decision);
        }
    }

    private byte[] EncodeParameters(ConnectionConfig config)
    {
        TransportParameters parameters = new()
        {
            InitialSourceConnectionId = _localId,
            MaxIdleTimeout = config.MaxIdleTimeout,
            MaxAckDelay = config.MaxAckDelay,
            ActiveConnectionIdLimit = config.ActiveConnectionIdLimit,
            MaxUdpPayloadSize = 65527,
            InitialMaxData = config.Streams.InitialConnectionWindow,
            InitialMaxStreamDataBidirectionalLocal = config.Streams.InitialStreamWindow,
            InitialMaxStreamDataBidirectionalRemote = config.Streams.InitialStreamWindow,
            InitialMaxStreamDataUnidirectional = config.Streams.InitialStreamWindow,
            InitialMaxStreamsBidirectional = config.Streams.MaxBidirectional,
            InitialMaxStreamsUnidirectional = config.Streams.MaxUnidirectional,
            MaxDatagramFrameSize = config.MaxDatagramFrameSize,
        };
        if (!_isClient)
        {
            parameters.OriginalDestinationConnectionId = _originalDestinationId;
            parameters.RetrySourceConnectionId = _retrySourceId;
            parameters.StatelessResetToken = _localResetToken;
        }

        return parameters.Encode(_random);
    }

    private static TransportErrorCode HandleCrypto(PacketSpace space, in CryptoFrame frame)
    {
        if (space.IsDiscarded)
        {
            return TransportErrorCode.NoError;
        }

        return space.CryptoIn.Add(frame.Offset, frame.Data);
    }

    private void HandleTlsOutput(Timestamp now, TlsOutput output)
    {
        switch (output)
        {
            case CryptoOutput crypto:
                Space(crypto.Level).CryptoOut.Write(crypto.Data);
                break;
            case SecretsOutput secrets:
                InstallKeys(secrets);
                break;
            case PeerParametersOutput parameters:
                HandlePeerParameters(now, parameters.Encoded);
                break;
            case NegotiatedOutput negotiated:
                _handshake.Alpn = negotiated.Alpn;
                _handshake.ServerName = negotiated.ServerName;
                break;
            case ServerSelectedOutput { Selection.State: ServerAcceptance acceptance }:
                ApplyAcceptance(acceptance);
                break;
            case PeerCertificateOutput certificate:
                _handshake.PeerChain = certificate.Chain;
                _events.Enqueue(new ConnectionEvent(ConnectionEventKind.PeerCertificateReceived));
                break;
            case CompleteOutput:
                OnHandshakeComplete(now);
                break;
            case ErrorOutput error:
                CloseWith(now, (TransportErrorCode)error.TransportErrorCode, (long)FrameType.Crypto, error.Message);
                break;
        }
    }

    private void InstallKeys(SecretsOutput secrets)
    {
        byte[] write = _isClient ? secrets.ClientSecret : secrets.ServerSecret;
        byte[] read = _isClient ? secrets.ServerSecret : secrets.ClientSecret;
        if (secrets.Level == EncryptionLevel.Handshake)
        {
            Space(EncryptionLevel.Handshake).Keys = LevelKeys.Create(_config.Crypto, secrets.Suite, write, read);
            SetRecoveryState(_peerAddressValidated);
        }
        else
        {
            _oneRtt = new OneRttKeys(_config.Crypto, secrets.Suite, write, read);
        }

        System.Security.Cryptography.CryptographicOperations.ZeroMemory(write);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(read);
    }

    private void ApplyAcceptance(ServerAcceptance acceptance)
    {
        // No stream or datagram exists before the handshake is complete, so what holds them can still be replaced.
        _handshake.Acceptance = acceptance;
        _config = acceptance.Config with { Crypto = _config.Crypto };
        _streams = new StreamMap(isServer: true, _config.Streams, _pages);
        _datagramsOut = NewDatagramQueue();
        _datagramsIn = NewDatagramQueue();

        // The path was made with what is known of every client; what it sent until now were acknowledgements at most.
        _path = new Path(_path.Remote, CreateCongestion(), _config.MaxDatagramSize) { AntiAmplification = _path.AntiAmplification };
        _path.Mtu.SetPeerMax(_peerParameters?.MaxUdpPayloadSize ?? TransportParameters.LargestUdpPayload);
        _loss.OnPathChanged(_path.Congestion, _path.Rtt);
    }

    private void HandlePeerParameters(Timestamp now, byte[] encoded)
    {
        TransportErrorCode error = TransportParameters.TryParse(encoded, fromServer: _isClient, out TransportParameters parameters);
        if (error != TransportErrorCode.NoError)
        {
            CloseWith(now, error, 0, "the transport parameters are malformed");
            return;
        }

        // RFC 9000, section 7.3: what the handshake packets claimed must be what the peer says it sent.
        bool idsMatch = parameters.InitialSourceConnectionId == _peerIds.Current
            && (!_isClient || (parameters.OriginalDestinationConnectionId == _originalDestinationId
                && parameters.RetrySourceConnectionId == _retrySourceId));
        if (!idsMatch)
        {
            CloseWith(now, TransportErrorCode.TransportParameterError, 0, "the connection IDs of the transport parameters do not match the packets");
            return;
        }

        _peerParameters = parameters;
        if (parameters.StatelessResetToken is { } token)
        {
            _peerIds.SetInitialResetToken(token);
        }

        _loss.SetMaxAckDelay(parameters.MaxAckDelay);
        _path.Mtu.SetPeerMax(parameters.MaxUdpPayloadSize);
        ApplyPeerLimits();
    }

    private void ApplyPeerLimits()
    {
        if (_peerParameters is { } p)
        {
            _streams.SetPeerLimits(
                p.InitialMaxData,
                p.InitialMaxStreamDataBidirectionalLocal,
                p.InitialMaxStreamDataBidirectionalRemote,
                p.InitialMaxStreamDataUnidirectional,
                p.InitialMaxStreamsBidirectional,
                p.InitialMaxStreamsUnidirectional);
        }
    }

    private void OnHandshakeComplete(Timestamp now)
    {
        // The server's limits may have been replaced after the client's parameters were read, or before.
        ApplyPeerLimits();
        _handshake.IsComplete = true;
        State = ConnectionState.Established;
        _events.Enqueue(new ConnectionEvent(ConnectionEventKind.HandshakeCompleted));
        if (!_isClient)
        {
            _handshakeDonePending = true;
            Confirm(now);
        }
    }

    private TransportErrorCode HandleHandshakeDone(Timestamp now)
    {
        if (!_isClient || !_handshake.IsComplete)
        {
            return TransportErrorCode.ProtocolViolation;
        }

        Confirm(now);
        return TransportErrorCode.NoError;
    }

    private void Confirm(Timestamp now)
    {
        if (_handshake.IsConfirmed)
        {
            return;
        }

        _handshake.IsConfirmed = true;
        _oneRtt?.OnHandshakeConfirmed();
        DiscardSpace(EncryptionLevel.Initial);
        DiscardSpace(EncryptionLevel.Handshake);
        SetRecoveryState(peerAddressValidated: true);
        ReportHandshakeEnd();
        RequestConnectionIds();
    }

    private void RequestConnectionIds()
    {
        // What is on its way counts too: one more than the peer's limit would end the connection.
        int wanted = _localIds.Wanted(_peerParameters?.ActiveConnectionIdLimit ?? 2) - _requestedIds;
        if (wanted > 0)
        {
            _requestedIds += wanted;
            _endpointEvents.Enqueue(new EndpointEvent(EndpointEventKind.NeedConnectionIds, Count: wanted));
        }
    }

    private void ReportHandshakeEnd()
    {
        if (!_handshakeEndReported)
        {
            _handshakeEndReported = true;
            _endpointEvents.Enqueue(new EndpointEvent(EndpointEventKind.HandshakeEnded));
        }
    }

    private void DiscardSpace(EncryptionLevel level)
    {
        PacketSpace space = Space(level);
        if (!space.IsDiscarded)
        {
            space.Discard();
            _loss.Discard(level);
        }
    }

    private void SetRecoveryState(bool peerAddressValidated)
    {
        _peerAddressValidated = peerAddressValidated;
        _loss.SetHandshakeState(Space(EncryptionLevel.Handshake).Keys is not null, _handshake.IsConfirmed, peerAddressValidated || !_isClient);
    }
}
