using Connet.Quic.Core;

namespace Connet.Quic.Io;

/// <summary>What one thread needs while it pumps a connection: a send buffer, and what is to be done after the lock is left.</summary>
internal sealed class PumpScratch
{
    /// <summary>The largest payload of one send call (UDP's 65,507 bytes over IPv4).</summary>
    public const int BufferSize = 65507;

    [ThreadStatic]
    private static PumpScratch? _current;

    /// <summary>This thread's own.</summary>
    public static PumpScratch Current => _current ??= new PumpScratch();

    public byte[] Buffer { get; } = GC.AllocateUninitializedArray<byte>(BufferSize, pinned: true);

    /// <summary>Waits that were taken under the lock and are completed after it.</summary>
    public List<AsyncSignal> Signals { get; } = [];

    public List<EndpointEvent> EndpointEvents { get; } = [];

    public List<TaskCompletionSource> Completions { get; } = [];

    public TlsJob? TlsJob { get; set; }

    public bool ValidateCertificate { get; set; }

    public bool HandshakeCompleted { get; set; }

    public bool Closed { get; set; }

    public bool PathChanged { get; set; }

    /// <summary>The socket took no more, and the connection is to be unblocked when it does.</summary>
    public bool SendBlocked { get; set; }

    public bool NothingToDo =>
        Signals.Count == 0 && EndpointEvents.Count == 0 && Completions.Count == 0 && TlsJob is null
        && !ValidateCertificate && !HandshakeCompleted && !Closed && !PathChanged && !SendBlocked;

    public void Reset()
    {
        Signals.Clear();
        EndpointEvents.Clear();
        Completions.Clear();
        TlsJob = null;
        ValidateCertificate = false;
        HandshakeCompleted = false;
        Closed = false;
        PathChanged = false;
        SendBlocked = false;
    }
}
