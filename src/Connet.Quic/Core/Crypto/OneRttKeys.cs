using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Crypto;

/// <summary>
/// The 1-RTT keys and their updates (RFC 9001, section 6). Read and write keys are always of the same generation; the
/// read keys of the generation before are kept for packets that come late, and those of the generation after are ready
/// ahead of time, so that nobody learns the key phase from how long a packet takes (section 9.5).
/// </summary>
internal sealed class OneRttKeys : IDisposable
{
    /// <summary>How many probe timeouts the previous read keys live on (RFC 9001, section 6.5).</summary>
    private const int PreviousKeysProbeTimeouts = 3;

    /// <summary>More than one batch of datagrams and the answers of a closing period.</summary>
    private const int PacketsToCloseWith = 1024;

    /// <summary>Until the connection says better: three times the timeout of a path without a sample (RFC 9002, section 6.2.2).</summary>
    private static readonly TimeSpan _initialProbeTimeout = TimeSpan.FromMilliseconds(999);

    private readonly KeyGenerations _write;
    private readonly KeyGenerations _read;
    private PacketKey? _previousRead;
    private TimeSpan _probeTimeout = _initialProbeTimeout;
    private long _lowestReceived = long.MaxValue;
    private long _highestReceived = -1;
    private bool _handshakeConfirmed;
    private bool _acknowledged;

    public OneRttKeys(CryptoProvider provider, CipherSuite suite, ReadOnlySpan<byte> writeSecret, ReadOnlySpan<byte> readSecret)
    {
        _write = new KeyGenerations(provider, suite, writeSecret);
        _read = new KeyGenerations(provider, suite, readSecret);
        WriteHeader = HeaderProtectionKey.Create(provider, suite, writeSecret);
        ReadHeader = HeaderProtectionKey.Create(provider, suite, readSecret);
    }

    /// <summary>The key phase bit of packets that <see cref="Write"/> seals.</summary>
    public bool KeyPhase => (UpdateCount & 1) != 0;

    public HeaderProtectionKey WriteHeader { get; }

    public HeaderProtectionKey ReadHeader { get; }

    /// <summary>The current write key. A key update, ours or the peer's, replaces it: do not keep it.</summary>
    public PacketKey Write => _write.Current;

    /// <summary>How often the keys were updated, by either side.</summary>
    public int UpdateCount { get; private set; }

    /// <summary>How many packets failed to open, over all generations.</summary>
    public long FailedOpens { get; private set; }

    /// <summary>
    /// Whether an update may start: the handshake is confirmed, a packet of the current phase was acknowledged (RFC 9001,
    /// section 6.1), and the previous read keys are gone, which spaces updates as section 6.5 asks for.
    /// </summary>
    public bool CanUpdate => _handshakeConfirmed && _acknowledged && _previousRead is null;

    /// <summary>
    /// Whether half of the write key's packets are used, so that an update should start as soon as <see cref="CanUpdate"/>.
    /// The other half is for what is sent while that is not the case.
    /// </summary>
    public bool ShouldUpdate => Write.SealedPackets >= Write.ConfidentialityLimit / 2;

    /// <summary>Whether the write key is used up: nothing can be sent any more (AEAD_LIMIT_REACHED; RFC 9001, section 6.6).</summary>
    public bool IsExhausted => Write.SealedPackets >= Write.ConfidentialityLimit;

    /// <summary>
    /// Whether the write key is so nearly used up that no update can be hoped for: the connection is to be closed while
    /// there is something left to say so with (RFC 9001, section 6.6).
    /// </summary>
    public bool IsNearlyExhausted => Write.SealedPackets >= Write.ConfidentialityLimit - PacketsToCloseWith;

    /// <summary>When the previous read keys are to be dropped.</summary>
    public Timestamp DiscardDeadline { get; private set; } = Timestamp.Never;

    /// <summary>
    /// Opens a packet in place with the keys that its phase and number call for (RFC 9001, sections 6.3 to 6.5).
    /// Exactly one attempt is made whatever the phase, so that all failures take the same time.
    /// </summary>
    public OpenResult TryOpen(Timestamp now, bool keyPhase, long packetNumber, Span<byte> packet, int headerLength)
    {
        if (keyPhase == KeyPhase)
        {
            return _read.Current.TryOpen(packetNumber, packet, headerLength) ? OnOpenedInPhase(now, packetNumber) : OnFailed();
        }

        if (packetNumber < _lowestReceived && _previousRead is not null)
        {
            return _previousRead.TryOpen(packetNumber, packet, headerLength) ? OpenResult.Opened : OnFailed();
        }

        if (!_read.Next.TryOpen(packetNumber, packet, headerLength))
        {
            return OnFailed();
        }

        // Newer keys on a lower number than older keys had (section 6.4); or a second update although we have sent
        // nothing with the keys of the first, and so no acknowledgement that would allow it (section 6.2).
        if (packetNumber <= _highestReceived || _highestReceived < 0 || Write.SealedPackets == 0)
        {
            return OpenResult.KeyUpdateError;
        }

        Advance();
        OnOpenedInPhase(now, packetNumber);
        return OpenResult.OpenedAfterUpdate;
    }

    /// <summary>Starts a key update: the next packet carries the new phase.</summary>
    /// <exception cref="InvalidOperationException">Not allowed now; see <see cref="CanUpdate"/>.</exception>
    public void InitiateUpdate(Timestamp now, TimeSpan probeTimeout)
    {
        if (!CanUpdate)
        {
            throw new InvalidOperationException("A key update is not allowed yet.");
        }

        // The peer's packets come with the old keys until it has seen the new phase, however long that takes: the clock of
        // the old read keys starts with its answer (section 6.1), not here.
        _probeTimeout = probeTimeout;
        Advance();
    }

    /// <summary>Tells the current probe timeout, on which the lifetime of previous read keys rests.</summary>
    public void SetProbeTimeout(TimeSpan probeTimeout) => _probeTimeout = probeTimeout;

    public void OnHandshakeConfirmed() => _handshakeConfirmed = true;

    /// <summary>Notes that the peer acknowledged a 1-RTT packet, which confirms the current phase if it was sent in it.</summary>
    public void OnPacketAcknowledged(long packetNumber) =>
        _acknowledged |= Write.FirstPacketNumber >= 0 && packetNumber >= Write.FirstPacketNumber;

    /// <summary>Drops the previous read keys when their time is over.</summary>
    public void HandleTimeout(Timestamp now)
    {
        if (now >= DiscardDeadline)
        {
            DropPrevious();
        }
    }

    public void Dispose()
    {
        DropPrevious();
        _write.Dispose();
        _read.Dispose();
        WriteHeader.Dispose();
        ReadHeader.Dispose();
    }

    /// <summary>For tests: pretends that so many packets failed to open.</summary>
    internal void PresetFailedOpens(long failedOpens) => FailedOpens = failedOpens;

    private OpenResult OnOpenedInPhase(Timestamp now, long packetNumber)
    {
        if (_previousRead is not null && DiscardDeadline.IsNever)
        {
            DiscardDeadline = now + (_probeTimeout * PreviousKeysProbeTimeouts);
        }

        _lowestReceived = Math.Min(_lowestReceived, packetNumber);
        _highestReceived = Math.Max(_highestReceived, packetNumber);
        return OpenResult.Opened;
    }

    private OpenResult OnFailed() => ++FailedOpens >= _read.Current.IntegrityLimit ? OpenResult.IntegrityLimitReached : OpenResult.Failed;

    /// <summary>Moves both directions to the next generation.</summary>
    private void Advance()
    {
        DropPrevious();
        _previousRead = _read.Advance();
        _write.Advance().Dispose();
        UpdateCount++;
        _acknowledged = false;
        _lowestReceived = long.MaxValue;
        _highestReceived = -1;
    }

    private void DropPrevious()
    {
        _previousRead?.Dispose();
        _previousRead = null;
        DiscardDeadline = Timestamp.Never;
    }
}
