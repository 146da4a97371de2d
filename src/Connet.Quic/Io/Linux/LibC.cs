using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Connet.Quic.Io.Linux;

/// <summary>The C library's calls; glibc and musl alike. All take structures by pointer, so nothing is marshalled.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class LibC
{
    public const int DontWait = 0x40; // MSG_DONTWAIT
    public const int Truncated = 0x20; // MSG_TRUNC
    public const int EventNonBlocking = 0x800; // EFD_NONBLOCK
    public const int EventCloseOnExec = 0x80000; // EFD_CLOEXEC

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    public static partial nint SendMessage(int descriptor, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmmsg", SetLastError = true)]
    public static partial int ReceiveMessages(int descriptor, BatchHeader* messages, uint count, int flags, TimeSpecification* timeout);

    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    public static partial int Poll(PollEntry* entries, nuint count, TimeSpecification* timeout, void* signalMask);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventDescriptor(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, void* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, void* buffer, nuint length);
}
