using Connet.Quic.Core;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;
using Connet.Quic.Tests.Crypto;

namespace Connet.Quic.Tests.Simulation;

/// <summary>One end of a <see cref="QuicPair"/>: an endpoint with its connections, pumped as the driver pumps them.</summary>
internal sealed class SimulatedHost
{
    private readonly byte[] _buffer = new byte[65507];
    private readonly Func<IncomingInitial, (ConnectionConfig Config, TlsFactory CreateTls)>? _accept;

    public SimulatedHost(
        NetworkAddress address, int seed, EndpointConfig config, Func<IncomingInitial, (ConnectionConfig Config, TlsFactory CreateTls)>? accept = null)
    {
        Address = address;
        Random = new TestRandom(seed);
        Endpoint = new Endpoint(config, Random);
        _accept = accept;
    }

    public NetworkAddress Address { get; set; }

    public IRandomSource Random { get; }

    public Endpoint Endpoint { get; }

    public Dictionary<int, Connection> Connections { get; } = [];

    /// <summary>Connections in the order they were made; they stay here when they are over.</summary>
    public List<Connection> History { get; } = [];

    /// <summary>Events that nobody looked at yet, by connection.</summary>
    public Dictionary<Connection, Queue<ConnectionEvent>> Events { get; } = [];

    /// <summary>Decides about certificates; accepts by default.</summary>
    public Func<IReadOnlyList<byte[]>, CertificateDecision> CheckCertificate { get; set; } = static _ => new CertificateDecision(true, 0, string.Empty);

    /// <summary>How many datagrams came for a connection ID that is not known, or no longer.</summary>
    public int UnknownDatagrams { get; private set; }

    /// <summary>How many datagrams go to the link together, as with segmentation offload.</summary>
    public int MaxSegments { get; set; } = 10;

    public Timestamp NextTimeout =>
        Connections.Values.Aggregate(Timestamp.Never, static (earliest, connection) => Timestamp.Min(earliest, connection.PollTimeout()));

    public Connection Connect(Timestamp now, NetworkAddress remote, ConnectionConfig config, TlsFactory createTls)
    {
        Connection connection = Endpoint.Connect(now, remote, config, encode => createTls(encode), out int handle);
        Add(handle, connection);
        return connection;
    }

    public void Receive(Timestamp now, NetworkAddress from, byte[] datagram, Action<ReadOnlySpan<byte>> send)
    {
        Route route = Endpoint.Route(now, from, datagram);
        switch (route.Kind)
        {
            case RouteKind.Connection:
                Connections[route.Handle].HandleDatagram(now, from, 0, datagram);
                break;
            case RouteKind.Incoming when _accept is not null:
                Answer(now, from, datagram, route.Initial, send);
                break;
            case RouteKind.Unknown:
                HandleUnknown(now, from, datagram, send);
                break;
        }
    }

    /// <summary>Pumps every connection dry, in the order that <see cref="Connection"/> documents.</summary>
    public void Pump(Timestamp now, Action<Transmit, ReadOnlySpan<byte>> send)
    {
        foreach ((int handle, Connection connection) in Connections.ToArray())
        {
            bool progress = true;
            while (progress)
            {
                progress = PumpOnce(now, handle, connection, send);
            }
        }
    }

    public void HandleTimeouts(Timestamp now)
    {
        foreach (Connection connection in Connections.Values.ToArray())
        {
            if (connection.PollTimeout() <= now)
            {
                connection.HandleTimeout(now);
            }
        }
    }

    private bool PumpOnce(Timestamp now, int handle, Connection connection, Action<Transmit, ReadOnlySpan<byte>> send)
    {
        bool progress = false;
        while (connection.TryTakeTlsJob(out TlsJob? job))
        {
            job!.Run();
            connection.CompleteTlsJob(now, job);
            progress = true;
        }

        while (connection.PollTransmit(now, _buffer, MaxSegments, out Transmit transmit))
        {
            send(transmit, _buffer.AsSpan(0, transmit.Length));
        }

        while (connection.PollEndpointEvent(out EndpointEvent endpointEvent))
        {
            HandleEndpointEvent(handle, connection, endpointEvent);
            progress = true;
        }

        while (connection.PollEvent(out ConnectionEvent connectionEvent))
        {
            if (connectionEvent.Kind == ConnectionEventKind.PeerCertificateReceived)
            {
                connection.CompleteCertificateValidation(CheckCertificate(connection.Handshake.PeerChain));
                progress = true;
            }

            if (connectionEvent.Kind == ConnectionEventKind.PathChanged)
            {
                Endpoint.MoveRemote(handle, connection.Remote);
            }

            Events[connection].Enqueue(connectionEvent);
        }

        return progress;
    }

    private void HandleEndpointEvent(int handle, Connection connection, EndpointEvent endpointEvent)
    {
        switch (endpointEvent.Kind)
        {
            case EndpointEventKind.NeedConnectionIds:
                connection.AddConnectionIds(Endpoint.IssueIds(handle, endpointEvent.Count));
                break;
            case EndpointEventKind.RetireConnectionId:
                Endpoint.RetireId(handle, endpointEvent.Id);
                break;
            case EndpointEventKind.HandshakeEnded:
                Endpoint.EndHandshake(handle);
                break;
            case EndpointEventKind.Drained:
                Endpoint.Remove(handle);
                Connections.Remove(handle);
                connection.Dispose();
                break;
        }
    }

    private void Answer(Timestamp now, NetworkAddress from, byte[] datagram, IncomingInitial initial, Action<ReadOnlySpan<byte>> send)
    {
        byte[] reply = new byte[1500];
        if (initial.Token == InitialTokenState.Invalid)
        {
            if (!Endpoint.IsIntact(Core.Crypto.CryptoProvider.Default, [.. datagram]))
            {
                return;
            }

            int length = Endpoint.WriteRefusal(Core.Crypto.CryptoProvider.Default, initial, TransportErrorCode.InvalidToken, reply);
            send(reply.AsSpan(0, length));
            return;
        }

        if (initial.MustRetry)
        {
            send(reply.AsSpan(0, Endpoint.WriteRetry(now, initial, reply)));
            return;
        }

        (ConnectionConfig config, TlsFactory createTls) = _accept!(initial);
        Connection connection = Endpoint.Accept(now, initial, config, encode => createTls(encode), out int handle);
        Add(handle, connection);
        connection.HandleDatagram(now, from, 0, datagram);
    }

    private void HandleUnknown(Timestamp now, NetworkAddress from, byte[] datagram, Action<ReadOnlySpan<byte>> send)
    {
        UnknownDatagrams++;
        foreach (int handle in Endpoint.HandlesOf(now, from).ToArray())
        {
            if (Connections[handle].HandlePossibleReset(now, datagram))
            {
                return;
            }
        }

        byte[] reply = new byte[64];
        int length = Endpoint.WriteStatelessReset(now, from, datagram, reply);
        if (length > 0)
        {
            send(reply.AsSpan(0, length));
        }
    }

    private void Add(int handle, Connection connection)
    {
        Connections.Add(handle, connection);
        History.Add(connection);
        Events.Add(connection, new Queue<ConnectionEvent>());
    }
}
