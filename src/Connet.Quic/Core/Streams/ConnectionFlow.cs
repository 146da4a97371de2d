namespace Connet.Quic.Core.Streams;

/// <summary>What the streams of a connection share: credit in both directions, growth of windows, and room to write.</summary>
internal sealed class ConnectionFlow(StreamLimits limits, StreamEvents events)
{
    /// <summary>What the peer lets us send on all streams together.</summary>
    public SendCredit Send { get; } = new(0);

    /// <summary>What we let the peer send on all streams together.</summary>
    public ConnectionReceiveWindow Receive { get; } = new(limits.InitialConnectionWindow, limits.ReceiveBudget, limits.TrialBudget);

    /// <summary>What windows may still grow.</summary>
    public GrowthBudget Growth { get; } = new(limits.GrowthBudget);

    public BlockedWriters Writers { get; } = new(events);

    /// <summary>The bytes written on all streams and not acknowledged.</summary>
    public long BufferedSendBytes { get; private set; }

    public void OnWritten(int bytes)
    {
        BufferedSendBytes += bytes;
        Send.Take(bytes);
    }

    /// <summary>Bytes were acknowledged.</summary>
    public void OnAcknowledged(long bytes)
    {
        BufferedSendBytes -= bytes;
        Writers.OnFreed(bytes, BufferedSendBytes);
    }

    /// <summary>
    /// A stream was reset: <paramref name="dropped"/> bytes are no longer buffered, and those never sent free their credit.
    /// </summary>
    public void OnReset(long unsent, long dropped)
    {
        BufferedSendBytes -= dropped;
        Send.GiveBack(unsent);
        if (unsent > 0)
        {
            Writers.WakeAll();
        }
        else
        {
            Writers.OnFreed(dropped, BufferedSendBytes);
        }
    }
}
