namespace Connet.Quic.Core.Wire;

/// <summary>The frames of the packet under construction. One list serves every packet of a connection, so adding allocates only while it first grows.</summary>
internal sealed class SentFrameList
{
    private SentFrame[] _frames = new SentFrame[16];

    public int Count { get; private set; }

    public ReadOnlySpan<SentFrame> Frames => _frames.AsSpan(0, Count);

    public void Add(in SentFrame frame)
    {
        if (Count == _frames.Length)
        {
            Array.Resize(ref _frames, Count * 2);
        }

        _frames[Count++] = frame;
    }

    public void Clear() => Count = 0;
}
