using System.Buffers;

namespace Connet.Protocol.Encryption.Tls;

/// <summary>
/// Reads whole records. It holds a buffer only from a record's header to the record's last byte, so that an idle stream costs none, and a
/// cancelled read leaves it where it was.
/// </summary>
/// <param name="transport">Where the records come from.</param>
/// <param name="measure">Tells a record's length, header included, from its header; throws for one that may not come.</param>
internal sealed class TlsRecordReader(ITlsTransport transport, Func<byte[], int> measure)
{
    private readonly byte[] _header = new byte[TlsParameters.HeaderLength];
    private int _headerFilled;
    private int _filled;

    /// <summary>The buffer that begins with the record.</summary>
    public byte[]? Record { get; private set; }

    /// <summary>The length of the record.</summary>
    public int Length { get; private set; }

    /// <summary>Reads the next record, up to its end.</summary>
    /// <returns>False if the stream ended before.</returns>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        while (_headerFilled < _header.Length)
        {
            int read = await transport.ReadAsync(_header.AsMemory(_headerFilled), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return false;
            }

            _headerFilled += read;
        }

        if (Record is null)
        {
            Length = measure(_header);
            Record = ArrayPool<byte>.Shared.Rent(Length);
            _header.CopyTo(Record, 0);
            _filled = _header.Length;
        }

        while (_filled < Length)
        {
            int read = await transport.ReadAsync(Record.AsMemory(_filled, Length - _filled), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return false;
            }

            _filled += read;
        }

        return true;
    }

    /// <summary>The record is of no more use. Its buffer may hold what was decrypted in place.</summary>
    public void Release()
    {
        if (Record is { } record)
        {
            Record = null;
            _headerFilled = 0;
            record.AsSpan(0, _filled).Clear();
            ArrayPool<byte>.Shared.Return(record);
        }
    }
}
