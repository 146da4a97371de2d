using Connet.Protocol.Identities;
using Org.BouncyCastle.Tls;

namespace Connet.HandPeer;

/// <summary>
/// One side of a TLS session through a relay, of which the test makes and sees every record: BouncyCastle's engine with its own cryptography, and
/// nothing of our encryption. It judges nobody: <see cref="PeerCertificate"/> is for the test to compare.
/// </summary>
internal sealed class HandTls
{
    private readonly HandTlsState _state = new();
    private readonly TlsProtocol _protocol;
    private readonly Action<bool> _keyUpdate;
    private readonly Action<short, byte[]> _record;

    private HandTls(bool isServer, string? serverName, GeneratedCertificate? certificate)
    {
        if (isServer)
        {
            HandTlsServerProtocol protocol = new(_state);
            protocol.Accept(new HandTlsServer(certificate!, _state));
            (_protocol, _keyUpdate, _record) = (protocol, protocol.UpdateKey, protocol.Record);
        }
        else
        {
            HandTlsClientProtocol protocol = new(_state);
            protocol.Connect(new HandTlsClient(serverName, certificate, _state));
            (_protocol, _keyUpdate, _record) = (protocol, protocol.UpdateKey, protocol.Record);
        }
    }

    public bool IsComplete => _state.IsComplete;

    /// <summary>Whether the other side has sent close_notify.</summary>
    public bool IsPeerClosed => _state.IsPeerClosed;

    /// <summary>The name that a client has asked for.</summary>
    public string? RequestedName => _state.RequestedName;

    /// <summary>Whether a client has offered protocols.</summary>
    public bool HasProtocols => _state.HasProtocols;

    /// <summary>The leaf that the other side has shown.</summary>
    public byte[]? PeerCertificate => _state.PeerCertificate;

    /// <summary>The fatal alert that has arrived.</summary>
    public int? ReceivedAlert => _state.ReceivedAlert;

    /// <summary>A source.</summary>
    /// <param name="serverName">The name to ask for; null for none.</param>
    /// <param name="certificate">What to show when asked; null for nothing.</param>
    public static HandTls Client(string? serverName, GeneratedCertificate? certificate) => new(isServer: false, serverName, certificate);

    /// <summary>A destination.</summary>
    /// <param name="certificate">What to show.</param>
    public static HandTls Server(GeneratedCertificate certificate) => new(isServer: true, null, certificate);

    /// <summary>Takes bytes as they came.</summary>
    public void Offer(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _protocol.OfferInput(bytes.ToArray());
        }
        catch (IOException) when (_state.ReceivedAlert is not null)
        {
        }
    }

    /// <summary>The records that the engine wants to send.</summary>
    public byte[] TakeOutput()
    {
        byte[] output = new byte[_protocol.GetAvailableOutputBytes()];
        _protocol.ReadOutput(output, 0, output.Length);
        return output;
    }

    /// <summary>Data as records.</summary>
    public byte[] Seal(ReadOnlySpan<byte> data)
    {
        _protocol.WriteApplicationData(data.ToArray(), 0, data.Length);
        return TakeOutput();
    }

    /// <summary>Data as records, and then close_notify.</summary>
    public byte[] SealLast(ReadOnlySpan<byte> data) => [.. Seal(data), .. Close()];

    /// <summary>A close_notify record.</summary>
    public byte[] Close() => Alert(AlertLevel.warning, AlertDescription.close_notify);

    /// <summary>An alert record.</summary>
    public byte[] Alert(short level, short description) => Record(ContentType.alert, [(byte)level, (byte)description]);

    /// <summary>A record of any type and content.</summary>
    public byte[] Record(short type, byte[] content)
    {
        _record(type, content);
        return TakeOutput();
    }

    /// <summary>A key update record; the next record has the next keys.</summary>
    public byte[] KeyUpdate(bool isRequest)
    {
        _keyUpdate(isRequest);
        return TakeOutput();
    }

    /// <summary>Data that has arrived.</summary>
    public byte[] Received()
    {
        byte[] data = new byte[_protocol.GetAvailableInputBytes()];
        _protocol.ReadInput(data, 0, data.Length);
        return data;
    }

    /// <summary>Makes the handshake, or takes it as far as the other side permits.</summary>
    /// <returns>Whether the stream is still open.</returns>
    public async Task<bool> HandshakeAsync(Stream stream)
    {
        using CancellationTokenSource patience = new(HandConnection.Patience);
        byte[] buffer = new byte[4096];
        while (true)
        {
            byte[] output = TakeOutput();
            if (output.Length > 0)
            {
                await stream.WriteAsync(output, patience.Token);
            }

            if (IsComplete)
            {
                return true;
            }

            int read = await stream.ReadAsync(buffer, patience.Token);
            if (read == 0)
            {
                return false;
            }

            Offer(buffer.AsSpan(0, read));
        }
    }

    /// <summary>The data up to close_notify, and then the stream's end.</summary>
    public async Task<byte[]> ReadToEndAsync(Stream stream)
    {
        using CancellationTokenSource patience = new(HandConnection.Patience);
        using MemoryStream data = new();
        byte[] buffer = new byte[4096];
        while (true)
        {
            int read = await stream.ReadAsync(buffer, patience.Token);
            if (read == 0)
            {
                return IsPeerClosed ? data.ToArray() : throw new InvalidOperationException("The stream ended without close_notify.");
            }

            Offer(buffer.AsSpan(0, read));
            data.Write(Received());
        }
    }

    /// <summary>Reads until an alert has arrived that ends the session.</summary>
    public async Task<int> ReadAlertAsync(Stream stream)
    {
        using CancellationTokenSource patience = new(HandConnection.Patience);
        byte[] buffer = new byte[4096];
        while (ReceivedAlert is null)
        {
            int read = await stream.ReadAsync(buffer, patience.Token);
            Offer(read > 0 ? buffer.AsSpan(0, read) : throw new InvalidOperationException("The stream ended without an alert."));
        }

        return ReceivedAlert.Value;
    }
}
