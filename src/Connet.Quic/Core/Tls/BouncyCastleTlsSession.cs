using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls;

namespace Connet.Quic.Core.Tls;

/// <summary>
/// A TLS 1.3 handshake by the BouncyCastle engine, wrapped for QUIC (RFC 9001). The engine gets one whole message at a
/// time, of a type that may come at that level, and is dropped when the handshake is over; there is no resumption and no
/// 0-RTT, and a ClientHello that offers them still gets a full handshake.
/// </summary>
internal sealed class BouncyCastleTlsSession : ITlsSession
{
    private readonly HandshakeState _state;
    private readonly HandshakeMessageAssembler _assembler = new();
    private readonly QuicTlsCrypto _crypto;
    private readonly bool _isServer;
    private Action? _start;
    private TlsProtocol? _protocol;
    private byte[]? _firstClientHello;
    private bool _failed;
    private bool _paused;

    private BouncyCastleTlsSession(bool isServer, IRandomSource? random)
    {
        _isServer = isServer;
        _state = new HandshakeState(isServer);
        _crypto = new QuicTlsCrypto(
            _state, random is null ? SystemSecureRandom.Shared : new SecureRandom(new RandomSourceGenerator(random)));
    }

    /// <summary>Makes a client; <paramref name="random"/> is for tests, the operating system's generator otherwise.</summary>
    /// <exception cref="ArgumentException">The options offer no protocol, or a name that cannot be sent.</exception>
    public static BouncyCastleTlsSession CreateClient(TlsClientOptions options, IRandomSource? random = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        BouncyCastleTlsSession session = new(isServer: false, random);
        ClientProtocol protocol = new(session._state);
        ClientPeer peer = new(options, session._state, session._crypto);
        session._protocol = protocol;
        session._start = () => protocol.Connect(peer);
        return session;
    }

    /// <summary>Makes a server; <paramref name="random"/> is for tests, the operating system's generator otherwise.</summary>
    public static BouncyCastleTlsSession CreateServer(TlsServerOptions options, IRandomSource? random = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        BouncyCastleTlsSession session = new(isServer: true, random);
        ServerProtocol protocol = new(session._state);
        ServerPeer peer = new(options, session._state, session._crypto);
        session._protocol = protocol;
        session._start = () => protocol.Accept(peer);
        return session;
    }

    /// <summary>Whether the engine and everything it holds is gone.</summary>
    internal bool IsEngineReleased => _protocol is null;

    /// <inheritdoc/>
    public void Start(TlsOutputs outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        Action start = _start ?? throw new InvalidOperationException("The session was started before.");
        _start = null;
        RunEngine(start, messageType: null, outputs);
    }

    /// <inheritdoc/>
    public void Receive(EncryptionLevel level, ReadOnlySpan<byte> data, TlsOutputs outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        if (_start is not null)
        {
            throw new InvalidOperationException("The session was not started.");
        }

        while (!_failed && !data.IsEmpty)
        {
            if (level != _state.ReadLevel)
            {
                // RFC 9001, section 4.1.3.
                string message = $"TLS data came at the {level} level while the {_state.ReadLevel} level was due.";
                Fail(TransportErrorCode.ProtocolViolation, message, outputs);
            }
            else if (_assembler.IsComplete)
            {
                // A Finished waits for the answer about the certificate, and is the last message of its level.
                Fail(TlsAlert.UnexpectedMessage, "TLS data came after the peer's Finished.", outputs);
            }
            else
            {
                ReceivePart(level, ref data, outputs);
            }
        }
    }

    /// <inheritdoc/>
    public void AcceptPeerCertificate(TlsOutputs outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        if (Resume() && _assembler.IsComplete)
        {
            Deliver(_state.ReadLevel, outputs);
        }
    }

    /// <inheritdoc/>
    public void RejectPeerCertificate(int alert, string reason, TlsOutputs outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        if (Resume())
        {
            Fail(alert, reason, outputs);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _failed = true;
        ReleaseEngine();
        _assembler.Release();
    }

    private void ReceivePart(EncryptionLevel level, ref ReadOnlySpan<byte> data, TlsOutputs outputs)
    {
        bool hadHeader = _assembler.HasHeader;
        TransportErrorCode error = _assembler.Append(ref data);
        if (error != TransportErrorCode.NoError)
        {
            Fail(error, $"A handshake message is longer than {TlsDefaults.MaxMessageLength} bytes.", outputs);
            return;
        }

        if (!hadHeader && _assembler.HasHeader && !IsExpected(level))
        {
            Fail(TlsAlert.UnexpectedMessage, $"A {DescribeMessage(_assembler.Type)} message must not come here.", outputs);
            return;
        }

        if (!_assembler.IsComplete || _paused)
        {
            return;
        }

        Deliver(level, outputs);
        if (!_failed && !data.IsEmpty && level != _state.ReadLevel)
        {
            // RFC 8446, section 5.1: a message must not span a key change.
            Fail(TlsAlert.UnexpectedMessage, $"TLS data came after the last message of the {level} level.", outputs);
        }
    }

    // While the certificate is being judged, nothing but the Finished may follow.
    private bool IsExpected(EncryptionLevel level) =>
        HandshakeRules.IsAllowed(_assembler.Type, level, _isServer) && (!_paused || _assembler.Type == HandshakeType.finished);

    private void Deliver(EncryptionLevel level, TlsOutputs outputs)
    {
        byte type = _assembler.Type;
        if (_protocol is null)
        {
            if (!HandshakeRules.IsWellFormedTicket(_assembler.Message[HandshakeMessageAssembler.HeaderLength..]))
            {
                Fail(TlsAlert.DecodeError, "A new_session_ticket message is malformed.", outputs);
            }

            // Kept buffers would add up over many idle connections.
            _assembler.Release();
            return;
        }

        if (type == HandshakeType.client_hello && !CheckClientHello(outputs))
        {
            return;
        }

        TlsProtocol protocol = _protocol;
        RunEngine(() => RecordFraming.Offer(protocol, level, _assembler), type, outputs);
        _assembler.Reset();
        if (_failed)
        {
            return;
        }

        if (_state.ReadLevel != EncryptionLevel.Initial)
        {
            _firstClientHello = null;
        }

        if (type == HandshakeType.certificate_verify && _state.PeerChain is { } chain)
        {
            _paused = true;
            outputs.Items.Add(new PeerCertificateOutput(chain));
        }

        if (_state.IsComplete)
        {
            ReleaseEngine();
            _assembler.Release();
        }
    }

    private bool CheckClientHello(TlsOutputs outputs)
    {
        const int SessionIdLengthOffset = HandshakeMessageAssembler.HeaderLength + 2 + 32;
        ReadOnlySpan<byte> hello = _assembler.Message;
        if (hello.Length > SessionIdLengthOffset && hello[SessionIdLengthOffset] != 0)
        {
            // RFC 9001, section 8.4: no middlebox compatibility mode.
            Fail(TransportErrorCode.ProtocolViolation, "The ClientHello has a session identifier.", outputs);
            return false;
        }

        if (_firstClientHello is null)
        {
            _firstClientHello = hello.ToArray();
            return true;
        }

        if (!ClientHelloComparison.IsAllowedSecond(_firstClientHello, hello))
        {
            Fail(TlsAlert.IllegalParameter, "The second ClientHello differs from the first.", outputs);
            return false;
        }

        return true;
    }

    // Whatever the engine throws is an error of the handshake, never of the caller: the cause may be the peer's input.
    private void RunEngine(Action action, byte? messageType, TlsOutputs outputs)
    {
        _state.BeginCall(outputs);
        int alert = -1;
        try
        {
            action();
        }
        catch (TlsFatalAlert e)
        {
            alert = e.AlertDescription;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            alert = TlsAlert.InternalError;
        }
        finally
        {
            _state.BeginCall(null);
        }

        // The alert raised says more than the exception that carried it out.
        alert = _state.Alert >= 0 ? _state.Alert : alert;
        if (alert >= 0)
        {
            string where = messageType is { } type ? $" at the peer's {DescribeMessage(type)}" : "";
            Fail(alert, $"The TLS handshake failed with {AlertDescription.GetName((short)alert)}{where}.", outputs);
        }
    }

    private bool Resume()
    {
        if (_failed)
        {
            return false;
        }

        if (!_paused)
        {
            throw new InvalidOperationException("No certificate is waiting for an answer.");
        }

        _paused = false;
        return true;
    }

    private void Fail(int alert, string message, TlsOutputs outputs) =>
        Fail(TransportErrorCode.CryptoErrorBase + alert, message, outputs);

    private void Fail(TransportErrorCode error, string message, TlsOutputs outputs)
    {
        _failed = true;
        ReleaseEngine();
        _assembler.Release();
        outputs.Items.Add(new ErrorOutput((long)error, message));
    }

    private void ReleaseEngine()
    {
        _crypto.Dispose();
        _protocol = null;
        _start = null;
        _firstClientHello = null;
    }

    private static string DescribeMessage(byte type) => $"{HandshakeType.GetName(type)} ({type})";
}
