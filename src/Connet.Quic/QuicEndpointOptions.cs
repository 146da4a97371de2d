using System.Net;
using Microsoft.Extensions.Logging;

namespace Connet.Quic;

/// <summary>How a <see cref="QuicEndpoint"/> is set up.</summary>
public sealed class QuicEndpointOptions
{
    /// <summary>The local address. <see cref="IPAddress.IPv6Any"/> takes IPv4 too; port 0 takes a free port.</summary>
    /// <value><c>[::]:0</c> by default.</value>
    public IPEndPoint LocalEndPoint { get; set; } = new(IPAddress.IPv6Any, 0);

    /// <summary>
    /// 32 secret bytes that stateless reset tokens derive from. With the same key after a restart, peers of the process
    /// before it learn at once that their connections are gone (RFC 9000, section 10.3).
    /// </summary>
    /// <value>Null, a new random key, by default.</value>
    public ReadOnlyMemory<byte>? StatelessResetKey { get; set; }

    /// <summary>Whether every client must prove its address by Retry, and not only under load.</summary>
    /// <value>False by default.</value>
    public bool AlwaysRetry { get; set; }

    /// <summary>With so many incoming handshakes under way, clients must prove their addresses by Retry.</summary>
    /// <value>64 by default.</value>
    public int RetryThreshold { get; set; } = 64;

    /// <summary>With so many incoming handshakes under way, further clients get no answer.</summary>
    /// <value>4,096 by default.</value>
    public int MaxIncomingHandshakes { get; set; } = 4096;

    /// <summary>
    /// Decides about an address before any work is done for it. Runs on the socket thread: it must be quick and must not
    /// block. An address may be forged until the client has answered a Retry.
    /// </summary>
    /// <value>Null, everybody, by default.</value>
    public Func<IPEndPoint, QuicAdmission>? AdmissionFilter { get; set; }

    /// <summary>
    /// Decides about each outgoing datagram by its destination: sent, lost or delayed. For tests of applications that must
    /// get along with loss, delay and cut paths. Datagrams are handed to the system one by one while it is set, so it costs
    /// throughput. Called by any thread, by several at once, and inside locks of the connection that sends: it must be quick, and
    /// must not block or call into the endpoint or its connections. One that throws loses the datagram. Up to 16,384
    /// datagrams wait to be sent later, further ones are lost; those that still wait when the endpoint is disposed leave at once.
    /// </summary>
    /// <value>Null, everything leaves at once, by default.</value>
    public Func<IPEndPoint, QuicDatagramFate>? OutgoingFilter { get; set; }

    /// <summary>The socket buffers to ask the system for, in bytes; it may grant less.</summary>
    /// <value>4 MiB by default.</value>
    public int SocketBufferSize { get; set; } = 4 * 1024 * 1024;

    /// <summary>Datagrams that are not QUIC and were not received yet; when there are more, the oldest is dropped.</summary>
    /// <value>256 by default.</value>
    public int DatagramBacklog { get; set; } = 256;

    /// <summary>Where the endpoint logs to.</summary>
    /// <value>Null, nowhere, by default.</value>
    public ILoggerFactory? LoggerFactory { get; set; }
}
