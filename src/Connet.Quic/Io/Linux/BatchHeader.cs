using System.Runtime.InteropServices;

namespace Connet.Quic.Io.Linux;

/// <summary>struct mmsghdr: one message of recvmmsg, with its length as the result.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BatchHeader
{
    public MessageHeader Message;
    public uint Length;
}
