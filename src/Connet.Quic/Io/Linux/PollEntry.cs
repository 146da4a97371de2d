using System.Runtime.InteropServices;

namespace Connet.Quic.Io.Linux;

/// <summary>struct pollfd.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollEntry
{
    public const short In = 0x1;
    public const short Out = 0x4;
    public const short Error = 0x8;
    public const short HangUp = 0x10;

    public int Descriptor;
    public short Events;
    public short Results;
}
