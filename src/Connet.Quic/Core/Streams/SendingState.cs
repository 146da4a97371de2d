namespace Connet.Quic.Core.Streams;

/// <summary>The states of the sending part of a stream (RFC 9000, section 3.1).</summary>
internal enum SendingState
{
    Ready,
    Send,

    /// <summary>All data and the end were sent at least once.</summary>
    DataSent,

    /// <summary>RESET_STREAM was or is to be sent.</summary>
    ResetSent,

    /// <summary>Everything was acknowledged; terminal.</summary>
    DataReceived,

    /// <summary>RESET_STREAM was acknowledged; terminal.</summary>
    ResetReceived,
}
