namespace Connet.Quic.Core.Wire.Frames;

/// <summary>How many packets of one space arrived with each ECN codepoint (RFC 9000, section 19.3.2).</summary>
internal readonly record struct EcnCounts(long Ect0, long Ect1, long Ce)
{
    /// <summary>Whether no marked packet was counted.</summary>
    public bool IsEmpty => (Ect0 | Ect1 | Ce) == 0;
}
