using Connet.Quic.Core.Crypto;
using Connet.Quic.Core.Paths;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Tls;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Quic.Core;

/// <summary>
/// What the connections of one socket share: the index of connection IDs, address validation tokens and stateless
/// resets. It knows connections by a handle only. Not thread safe: the driver's lock guards it, and is never taken
/// while a connection's lock is held.
/// </summary>
internal sealed class Endpoint(EndpointConfig config, IRandomSource random) : IDisposable
{
    private readonly Dictionary<ConnectionId, int> _index = [];
    private readonly HandleTable _handles = new();
    private readonly StatelessResetKey _resetKey = new(config.StatelessResetKey);
    private readonly AddressTokens _tokens = new(config.TokenKey, random);
    private readonly ResetLimiter _resetLimiter = new();
    private readonly ResetLimiter _lookupLimiter = new();

    /// <summary>How many connections have not been removed yet.</summary>
    public int ConnectionCount => _handles.Count;

    /// <summary>How many connection IDs are routed; none are left when the last connection is removed.</summary>
    public int RoutedIdCount => _index.Count;

    /// <summary>Incoming connections whose handshake is under way.</summary>
    public int HandshakesInProgress { get; private set; }

    /// <summary>Finds out what a datagram is and whom it is for. Changes nothing.</summary>
    public Route Route(Timestamp now, in NetworkAddress from, ReadOnlySpan<byte> datagram)
    {
        const byte LongHeaderBit = 0x80;
        const byte FixedBit = 0x40;
        if (datagram.IsEmpty)
        {
            return new Route(RouteKind.Drop);
        }

        if ((datagram[0] & LongHeaderBit) == 0)
        {
            if ((datagram[0] & FixedBit) == 0)
            {
                return new Route(RouteKind.NotQuic);
            }

            return datagram.Length <= Connection.LocalIdLength ? new Route(RouteKind.Drop)
                : _index.TryGetValue(new ConnectionId(datagram.Slice(1, Connection.LocalIdLength)), out int handle) ? new Route(RouteKind.Connection, handle)
                : new Route(RouteKind.Unknown);
        }

        return PacketHeader.TryParse(datagram, Connection.LocalIdLength, out PacketHeader header)
            ? RouteLong(now, from, datagram.Length, header)
            : new Route(RouteKind.Drop);
    }

    /// <summary>Makes a connection to a server. Its first packets come out of its PollTransmit.</summary>
    public Connection Connect(
        Timestamp now, in NetworkAddress remote, ConnectionConfig connectionConfig, Func<Func<ConnectionConfig, byte[]>, ITlsSession> createTls, out int handle)
    {
        handle = _handles.Add(remote);
        ConnectionId local = IssueId(handle);
        ConnectionId initial = RandomId();
        return new Connection(
            new ConnectionSetup
            {
                IsClient = true,
                Config = connectionConfig,
                Remote = remote,
                LocalId = local,
                LocalResetToken = _resetKey.Derive(local),
                PeerId = initial,
                OriginalDestinationId = initial,
                CreateTls = createTls,
                Random = random,
            },
            now);
    }

    /// <summary>Makes the connection that an Initial asks for. The datagram must be given to it next.</summary>
    public Connection Accept(
        Timestamp now, in IncomingInitial initial, ConnectionConfig connectionConfig, Func<Func<ConnectionConfig, byte[]>, ITlsSession> createTls, out int handle)
    {
        handle = _handles.Add(initial.From);
        ConnectionId local = IssueId(handle);

        // Until the client knows our ID it goes on sending to the one that it made up.
        Bind(initial.DestinationId, handle);
        _handles[handle].IsHandshaking = true;
        HandshakesInProgress++;
        return new Connection(
            new ConnectionSetup
            {
                IsClient = false,
                Config = connectionConfig,
                Remote = initial.From,
                LocalId = local,
                LocalResetToken = _resetKey.Derive(local),
                PeerId = initial.SourceId,
                OriginalDestinationId = initial.OriginalDestinationId,
                RetrySourceId = initial.Token == InitialTokenState.Valid ? initial.DestinationId : null,
                AddressValidated = initial.Token == InitialTokenState.Valid,
                CreateTls = createTls,
                Random = random,
            },
            now);
    }

    /// <summary>Writes the Retry that makes a client prove its address (RFC 9000, section 8.1.2). Keeps no state.</summary>
    public int WriteRetry(Timestamp now, in IncomingInitial initial, Span<byte> buffer)
    {
        ConnectionId source = RandomId();
        byte[] token = _tokens.CreateRetry(initial.From, initial.DestinationId, source, now, config.RetryLifetime);
        Span<byte> unused = stackalloc byte[1];
        random.Fill(unused);
        int length = PacketHeaderWriter.WriteRetry(buffer, initial.SourceId, source, token, (byte)(unused[0] & 0x0f));
        RetryIntegrityTag.Compute(initial.DestinationId, buffer[..length], buffer.Slice(length, RetryIntegrityTag.Length));
        return length + RetryIntegrityTag.Length;
    }

    /// <summary>
    /// Whether an Initial arrived as its sender made it: worth the price before a refusal, which would end a connection
    /// whose token was only damaged on the way. Decrypts in place.
    /// </summary>
    public static bool IsIntact(CryptoProvider crypto, Span<byte> datagram)
    {
        if (!PacketHeader.TryParse(datagram, Connection.LocalIdLength, out PacketHeader header) || header.Type != PacketType.Initial)
        {
            return false;
        }

        Span<byte> packet = datagram[..header.Length];
        int numberOffset = header.PacketNumberOffset;
        using LevelKeys keys = InitialSecrets.Derive(crypto, header.DestinationId, isServer: true);
        return keys.ReadHeader.TryUnprotect(packet, numberOffset, out int numberLength, out uint truncated)
            && keys.Read.TryOpen(PacketNumber.Decode(-1, truncated, numberLength), packet, numberOffset + numberLength);
    }

    /// <summary>Writes an Initial with CONNECTION_CLOSE for a client that gets no connection. Keeps no state.</summary>
    public static int WriteRefusal(CryptoProvider crypto, in IncomingInitial initial, TransportErrorCode code, Span<byte> buffer)
    {
        const int NumberLength = 1;
        int headerLength = PacketHeaderWriter.WriteLong(
            buffer, PacketType.Initial, initial.SourceId, initial.DestinationId, default, NumberLength, out int lengthOffset);
        PacketNumber.Write(buffer[headerLength..], 0, NumberLength);
        Span<byte> cursor = buffer[(headerLength + NumberLength)..];
        int room = cursor.Length;
        new ConnectionCloseFrame(false, (long)code, 0, default).TryWrite(ref cursor);
        int payload = Math.Max(room - cursor.Length, 4);
        VarInt.WriteTwoBytes(buffer[lengthOffset..], NumberLength + payload + Aead.TagLength);
        Span<byte> packet = buffer[..(headerLength + NumberLength + payload + Aead.TagLength)];
        using LevelKeys keys = InitialSecrets.Derive(crypto, initial.DestinationId, isServer: true);
        keys.Write.Seal(0, packet, headerLength + NumberLength);
        keys.WriteHeader.Protect(packet, headerLength, NumberLength);
        return packet.Length;
    }

    /// <summary>
    /// Writes a stateless reset in answer to a packet of a connection that nobody knows (RFC 9000, section 10.3): shorter
    /// than what provoked it, so that two endpoints cannot answer each other for ever, and limited in rate. 0: no answer.
    /// </summary>
    public int WriteStatelessReset(Timestamp now, in NetworkAddress to, ReadOnlySpan<byte> datagram, Span<byte> buffer)
    {
        const int Minimum = 21;
        const int Usual = 41;
        if (datagram.Length <= Minimum || !_resetLimiter.MaySend(now, to))
        {
            return 0;
        }

        int length = Math.Min(datagram.Length - 1, Usual);
        random.Fill(buffer[..length]);
        buffer[0] = (byte)(0x40 | (buffer[0] & 0x3f));
        ConnectionId id = new(datagram.Slice(1, Connection.LocalIdLength));
        _resetKey.Derive(id).CopyTo(buffer[(length - StatelessResetToken.Length)..]);
        return length;
    }

    /// <summary>
    /// The connections with a peer at <paramref name="remote"/>, which an unknown packet from there may reset. A peer that
    /// has many is answered with them now and then only: each packet costs a look at all of them, and a reset that is
    /// missed comes again with the next packet that provokes it.
    /// </summary>
    public ReadOnlySpan<int> HandlesOf(Timestamp now, in NetworkAddress remote)
    {
        const int Few = 16;
        ReadOnlySpan<int> handles = _handles.WithRemote(remote);
        return handles.Length <= Few || _lookupLimiter.MaySend(now, remote) ? handles : default;
    }

    /// <summary>Issues further connection IDs for a connection.</summary>
    public (ConnectionId Id, StatelessResetToken Token)[] IssueIds(int handle, int count)
    {
        (ConnectionId Id, StatelessResetToken Token)[] ids = new (ConnectionId, StatelessResetToken)[_handles.Contains(handle) ? count : 0];
        for (int i = 0; i < ids.Length; i++)
        {
            ConnectionId id = IssueId(handle);
            ids[i] = (id, _resetKey.Derive(id));
        }

        return ids;
    }

    /// <summary>Forgets an ID that the peer retired.</summary>
    public void RetireId(int handle, ConnectionId id)
    {
        if (_handles.Contains(handle) && _handles[handle].Ids.Remove(id))
        {
            _index.Remove(id);
        }
    }

    /// <summary>The connection's handshake is over: it no longer counts as one in progress.</summary>
    public void EndHandshake(int handle)
    {
        if (!_handles.Contains(handle) || !_handles[handle].IsHandshaking)
        {
            return;
        }

        _handles[handle].IsHandshaking = false;
        HandshakesInProgress--;
    }

    /// <summary>The peer of a connection is at a new address.</summary>
    public void MoveRemote(int handle, in NetworkAddress remote) => _handles.Move(handle, remote);

    /// <summary>Forgets a connection.</summary>
    public void Remove(int handle)
    {
        if (!_handles.Contains(handle))
        {
            return;
        }

        EndHandshake(handle);
        foreach (ConnectionId id in _handles[handle].Ids)
        {
            _index.Remove(id);
        }

        _handles.Remove(handle);
    }

    public void Dispose()
    {
        _resetKey.Dispose();
        _tokens.Dispose();
    }

    private Route RouteLong(Timestamp now, in NetworkAddress from, int datagramLength, in PacketHeader header)
    {
        if (_index.TryGetValue(header.DestinationId, out int handle))
        {
            return new Route(RouteKind.Connection, handle);
        }

        // RFC 9000, sections 14.1 and 7.2. Packets of other versions are not answered: this endpoint negotiates none.
        if (header.Type != PacketType.Initial || datagramLength < MtuDiscovery.BaseSize || header.DestinationId.Length < 8
            || HandshakesInProgress >= config.MaxHandshakes)
        {
            return new Route(RouteKind.Drop);
        }

        InitialTokenState token = InitialTokenState.None;
        ConnectionId original = header.DestinationId;
        if (!header.Token.IsEmpty && _tokens.IsRetryToken(header.Token))
        {
            token = _tokens.TryOpenRetry(header.Token, from, now, out ConnectionId first, out ConnectionId retrySource) && retrySource == header.DestinationId
                ? InitialTokenState.Valid
                : InitialTokenState.Invalid;
            original = token == InitialTokenState.Valid ? first : original;
        }

        bool mustRetry = token == InitialTokenState.None && (config.AlwaysRetry || HandshakesInProgress >= config.RetryThreshold);
        return new Route(RouteKind.Incoming, Initial: new IncomingInitial(from, header.DestinationId, header.SourceId, token, original, mustRetry));
    }

    private ConnectionId IssueId(int handle)
    {
        ConnectionId id;
        do
        {
            id = RandomId();
        }
        while (_index.ContainsKey(id));
        Bind(id, handle);
        return id;
    }

    private void Bind(ConnectionId id, int handle)
    {
        _index[id] = handle;
        _handles[handle].Ids.Add(id);
    }

    private ConnectionId RandomId()
    {
        Span<byte> bytes = stackalloc byte[Connection.LocalIdLength];
        random.Fill(bytes);
        return new ConnectionId(bytes);
    }
}
