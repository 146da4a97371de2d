using System.Runtime.InteropServices;
using Connet.Protocol.Identities;
using Org.BouncyCastle.Tls;

namespace Connet.Protocol.Encryption.Tls;

/// <summary>
/// One side of a TLS session over buffers: whole records in, records out. Whatever goes wrong is a <see cref="ProtocolException"/>. Not safe for
/// use by several threads at once: the stream around it has a lock.
/// </summary>
internal sealed class RelayTlsSession : IDisposable
{
    private readonly TlsState _state;
    private readonly RelayTlsCrypto _crypto = new();
    private readonly TlsProtocol _protocol;
    private readonly Action _start;
    private readonly Action _sendCloseNotify;

    private RelayTlsSession(GeneratedCertificate own, CertificateInfo expected, bool isSource)
    {
        _state = new TlsState(expected.Certificate);
        if (isSource)
        {
            string name = expected.ServerName ?? throw new ArgumentException("A destination is expected by its server certificate.", nameof(expected));
            SourceProtocol protocol = new(_state);
            SourcePeer peer = new(own, name, _state, _crypto);
            (_protocol, _start, _sendCloseNotify) = (protocol, () => protocol.Connect(peer), protocol.SendCloseNotify);
        }
        else
        {
            _ = own.ServerName ?? throw new ArgumentException("A destination shows its server certificate.", nameof(own));
            DestinationProtocol protocol = new(_state);
            DestinationPeer peer = new(own, _state, _crypto);
            (_protocol, _start, _sendCloseNotify) = (protocol, () => protocol.Accept(peer), protocol.SendCloseNotify);
        }
    }

    /// <summary>Whether the handshake is over.</summary>
    public bool IsComplete => _state.IsComplete;

    /// <summary>Whether the other side has said that it sends no more.</summary>
    public bool IsPeerClosed => _state.IsPeerClosed;

    /// <summary>How many bytes of data can be read now.</summary>
    public int Available => _protocol.GetAvailableInputBytes();

    /// <summary>How many bytes of records wait to be sent.</summary>
    public int OutputLength => _protocol.GetAvailableOutputBytes();

    /// <summary>The source's side.</summary>
    /// <param name="own">The source's client certificate.</param>
    /// <param name="expected">The destination's server certificate.</param>
    public static RelayTlsSession AtSource(GeneratedCertificate own, CertificateInfo expected) => new(own, expected, isSource: true);

    /// <summary>The destination's side.</summary>
    /// <param name="own">The destination's server certificate.</param>
    /// <param name="expected">The source's client certificate.</param>
    public static RelayTlsSession AtDestination(GeneratedCertificate own, CertificateInfo expected) => new(own, expected, isSource: false);

    /// <summary>Begins the handshake.</summary>
    public void Start()
    {
        try
        {
            _start();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw Translate(exception);
        }
    }

    /// <summary>The length of a record, with its header.</summary>
    /// <exception cref="ProtocolException">No such record may come now.</exception>
    public int Measure(byte[] header)
    {
        try
        {
            return _protocol.PreviewInputRecord(header).RecordSize;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw Translate(exception);
        }
    }

    /// <summary>Takes one whole record. It is decrypted in place.</summary>
    /// <exception cref="ProtocolException">It is not what the other side sent, or it ends the session.</exception>
    public void Offer(byte[] record, int length)
    {
        try
        {
            _protocol.OfferInput(record, 0, length);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw Translate(exception);
        }
    }

    /// <summary>Reads data that has arrived.</summary>
    public int Read(Memory<byte> buffer)
    {
        _state.OnData();
        if (MemoryMarshal.TryGetArray(buffer, out ArraySegment<byte> array) && array.Array is not null)
        {
            return _protocol.ReadInput(array.Array, array.Offset, array.Count);
        }

        byte[] copy = new byte[Math.Min(buffer.Length, Available)];
        int count = _protocol.ReadInput(copy, 0, copy.Length);
        copy.CopyTo(buffer);
        return count;
    }

    /// <summary>Makes a record of at most <see cref="TlsParameters.MaxPlaintext"/> bytes of data, and whatever has to go before it.</summary>
    public void Seal(ReadOnlySpan<byte> data)
    {
        try
        {
            _protocol.WriteApplicationData(data);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw Translate(exception);
        }
    }

    /// <summary>Makes the record that says that nothing more is sent.</summary>
    public void SealClose()
    {
        try
        {
            _sendCloseNotify();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw Translate(exception);
        }
    }

    /// <summary>Takes records that wait to be sent.</summary>
    public void TakeOutput(byte[] buffer, int length) => _protocol.ReadOutput(buffer, 0, length);

    /// <summary>All records that wait to be sent.</summary>
    public byte[] TakeOutput()
    {
        byte[] output = new byte[OutputLength];
        TakeOutput(output, output.Length);
        return output;
    }

    /// <inheritdoc/>
    public void Dispose() => _crypto.Dispose();

    private ProtocolException Translate(Exception exception)
    {
        int alert = _state.RaisedAlert >= 0 ? _state.RaisedAlert : exception is TlsFatalAlert fatal ? fatal.AlertDescription : AlertDescription.internal_error;
        if (!IsComplete)
        {
            string reason = _state.ReceivedAlert >= 0 ? $"the other side has ended it with the alert {Name(_state.ReceivedAlert)}"
                : _state.Refusal ?? $"what has arrived is not permitted there ({Name(alert)})";
            return new ProtocolException(ProtocolErrorCode.DestinationRelayEncryptionError, $"The TLS handshake through the relay failed: {reason}.", exception);
        }

        string message = _state.ReceivedAlert >= 0 ? $"The other side has ended the connection with the TLS alert {Name(_state.ReceivedAlert)}."
            : $"An encrypted record is not what the other side sent ({Name(alert)}).";
        return new ProtocolException(ProtocolErrorCode.Unknown, message, exception);
    }

    private static string Name(int alert) => AlertDescription.GetName((short)alert);
}
