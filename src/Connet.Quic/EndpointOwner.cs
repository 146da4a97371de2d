using System.Net;
using System.Text;
using System.Threading.Channels;
using Connet.Quic.Core;
using Connet.Quic.Core.Crypto;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Tls;
using Connet.Quic.Diagnostics;
using Connet.Quic.Io;
using Microsoft.Extensions.Logging;

namespace Connet.Quic;

/// <summary>Answers for a <see cref="QuicEndpoint"/> what its driver asks: who is let in, which listener a handshake is for.</summary>
internal sealed class EndpointOwner(
    QuicEndpoint endpoint, QuicEndpointOptions options, ILogger logger, ChannelWriter<QuicEndpointDatagram> datagrams) : IEndpointOwner
{
    private readonly Lock _gate = new();

    // Replaced as a whole at every change, so that handshakes read it without the lock.
    private volatile QuicListener[] _listeners = [];
    private bool _isClosed;

    public void Add(QuicListener listener)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, endpoint);
            foreach (QuicListener other in _listeners)
            {
                if (other.ApplicationProtocols.Intersect(listener.ApplicationProtocols).FirstOrDefault() is { } taken)
                {
                    throw new ArgumentException($"Another listener of this endpoint accepts the application protocol '{taken}'.", nameof(listener));
                }
            }

            _listeners = [.. _listeners, listener];
        }
    }

    public void Remove(QuicListener listener)
    {
        lock (_gate)
        {
            _listeners = [.. _listeners.Where(other => other != listener)];
        }
    }

    public QuicListener[] TakeListeners()
    {
        lock (_gate)
        {
            QuicListener[] listeners = _listeners;
            _listeners = [];
            _isClosed = true;
            return listeners;
        }
    }

    public IncomingVerdict OnIncoming(in IncomingInitial initial)
    {
        if (_listeners.Length == 0)
        {
            return IncomingVerdict.Refuse;
        }

        QuicAdmission admission = Admit(initial.From);
        return admission switch
        {
            QuicAdmission.Refuse => IncomingVerdict.Refuse,
            QuicAdmission.Ignore => IncomingVerdict.Ignore,
            _ => Accept(initial.From, admission == QuicAdmission.Retry),
        };
    }

    public void OnHandshakeCompleted(ConnectionDriver connection)
    {
        Core.Handshake handshake = connection.Core.Handshake;
        QuicLog.ConnectionEstablished(logger, connection.Core.Remote.ToEndPoint(), Encoding.UTF8.GetString(handshake.Alpn));
        if (handshake.Acceptance?.State is not ListenerSelection selection)
        {
            return;
        }

        QuicConnection accepted = new(connection, endpoint.LocalEndPoint);
        if (!selection.Listener.TryEnqueue(accepted))
        {
            QuicLog.BacklogFull(logger, accepted.RemoteEndPoint, selection.Listener.Options.ListenBacklog);
            connection.Close(0, "too many connections wait to be accepted");
        }
    }

    public void OnConnectionClosed(ConnectionDriver connection)
    {
        if (logger.IsEnabled(LogLevel.Debug))
        {
            IPEndPoint remote = connection.Core.Remote.ToEndPoint();
            QuicLog.ConnectionClosed(logger, remote, CloseErrors.ToException(connection.CloseReason, remote).Message);
        }
    }

    public void OnCertificateCheckFailed(ConnectionDriver connection, Exception exception) =>
        QuicLog.CertificateCheckFailed(logger, connection.Core.Remote.ToEndPoint(), exception);

    public void OnConnectionFault(ConnectionDriver connection, Exception exception) =>
        QuicLog.ConnectionFault(logger, connection.Core.Remote.ToEndPoint(), exception);

    public void OnNonQuicDatagram(in NetworkAddress from, ReadOnlySpan<byte> data) =>
        datagrams.TryWrite(new QuicEndpointDatagram(from.ToEndPoint(), data.ToArray()));

    public void OnFatal(Exception exception)
    {
        QuicLog.SocketThreadFailed(logger, endpoint.LocalEndPoint, exception);

        // Nothing would ever complete any more: whoever waits for something of this endpoint hears of its end instead.
        _ = endpoint.DisposeAsync().AsTask();
    }

    private QuicAdmission Admit(in NetworkAddress from)
    {
        if (options.AdmissionFilter is not { } filter)
        {
            return QuicAdmission.Accept;
        }

        IPEndPoint remote = from.ToEndPoint();
        try
        {
            return filter(remote);
        }
#pragma warning disable CA1031 // The filter is the application's; its fault must not stop the socket thread.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            QuicLog.AdmissionFilterFailed(logger, remote, exception);
            return QuicAdmission.Ignore;
        }
    }

    private IncomingVerdict Accept(NetworkAddress from, bool retry)
    {
        ListenerSelection? selected = null;
        return new IncomingVerdict
        {
            Kind = IncomingVerdictKind.Accept,
            RequireRetry = retry,
            Config = new ConnectionConfig { Crypto = CryptoProvider.Default },
            CreateTls = encode => BouncyCastleTlsSession.CreateServer(new TlsServerOptions { Select = hello => Select(hello, from, encode, out selected) }),
            CertificateCheck = async (chain, token) => selected?.Options.ClientCertificateValidation is { } validation
                ? QuicEndpoint.ToDecision(await validation.ValidateAsync(chain, null, peerIsServer: false, token).ConfigureAwait(false))
                : new CertificateDecision(false, (int)TlsAlertCode.BadCertificate, "no certificate is expected here"),
        };
    }

    private TlsServerSelection Select(TlsClientHello hello, NetworkAddress from, Func<ConnectionConfig, byte[]> encode, out ListenerSelection? selected)
    {
        selected = null;
        (QuicListener? listener, string? protocol) = Choose(hello);
        if (listener is null || protocol is null)
        {
            return TlsServerSelection.Refuse((int)TlsAlertCode.NoApplicationProtocol);
        }

        QuicServerConnectionOptions? server = listener.Options.ServerOptionsSelector is { } selector
            ? selector(new QuicClientHello(hello.ServerName, protocol, from.ToEndPoint()))
            : listener.Options.ServerOptions;
        if (server?.ServerCertificate is not { } certificate)
        {
            return TlsServerSelection.Refuse((int)TlsAlertCode.UnrecognizedName);
        }

        ConnectionConfig config = server.ToConfig(CryptoProvider.Default);
        selected = new ListenerSelection(listener, server);
        return new TlsServerSelection(certificate.Identity, Encoding.UTF8.GetBytes(protocol), encode(config))
        {
            ClientCertificates = (ClientCertificateMode)server.ClientCertificateMode,
            State = new ServerAcceptance { Config = config, State = selected },
        };
    }

    private (QuicListener? Listener, string? Protocol) Choose(TlsClientHello hello)
    {
        foreach (QuicListener listener in _listeners)
        {
            foreach (string protocol in listener.ApplicationProtocols)
            {
                byte[] bytes = Encoding.UTF8.GetBytes(protocol);
                if (hello.Alpn.Any(offered => offered.AsSpan().SequenceEqual(bytes)))
                {
                    return (listener, protocol);
                }
            }
        }

        return (null, null);
    }
}
