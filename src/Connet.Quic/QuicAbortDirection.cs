namespace Connet.Quic;

/// <summary>Which sides of a stream <see cref="QuicStream.Abort"/> ends.</summary>
[Flags]
public enum QuicAbortDirection
{
    /// <summary>Asks the peer to stop sending and drops what was not read (STOP_SENDING; RFC 9000, section 3.5).</summary>
    Read = 1,

    /// <summary>Ends the writing side without its end (RESET_STREAM; RFC 9000, section 3.1).</summary>
    Write = 2,

    /// <summary>Both.</summary>
    Both = Read | Write,
}
