namespace Connet.Quic.Io.Linux;

/// <summary>The errno values that are told apart; the same on every Linux architecture .NET runs on.</summary>
internal static class ErrorNumber
{
    public const int Interrupted = 4; // EINTR
    public const int InputOutput = 5; // EIO
    public const int TryAgain = 11; // EAGAIN, EWOULDBLOCK
    public const int Invalid = 22; // EINVAL
    public const int NoBuffers = 105; // ENOBUFS
    public const int ConnectionRefused = 111; // ECONNREFUSED
}
