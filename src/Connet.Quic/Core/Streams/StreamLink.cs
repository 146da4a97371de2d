namespace Connet.Quic.Core.Streams;

/// <summary>A stream's place in one queue.</summary>
internal struct StreamLink
{
    public StreamEntry? Next;

    public bool IsQueued;
}
