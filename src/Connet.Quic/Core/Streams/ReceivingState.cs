namespace Connet.Quic.Core.Streams;

/// <summary>The states of the receiving part of a stream (RFC 9000, section 3.2).</summary>
internal enum ReceivingState
{
    Receive,

    /// <summary>The end is known, data is still missing.</summary>
    SizeKnown,

    /// <summary>All data was received and not all of it read.</summary>
    DataReceived,

    /// <summary>The peer reset the stream and the application has not been told.</summary>
    ResetReceived,

    /// <summary>The application read the end; terminal.</summary>
    DataRead,

    /// <summary>The application knows of the reset, or gave up reading and the final size is known; terminal.</summary>
    ResetRead,
}
