using System.Runtime.InteropServices;

namespace Connet.Quic.Io.Linux;

/// <summary>
/// struct msghdr as the 64-bit kernel sees it. musl declares the two lengths as 32 bits with padding; on a
/// little-endian machine that is the same bytes.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageHeader
{
    public byte* Name;
    public uint NameLength;
    public IoVector* Vectors;
    public nuint VectorCount;
    public byte* Control;
    public nuint ControlLength;
    public int Flags;
}
