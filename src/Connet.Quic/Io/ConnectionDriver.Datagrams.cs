using Connet.Quic.Core;

namespace Connet.Quic.Io;

/// <content>Datagrams of the application: sent on the caller's thread, read by one caller at a time.</content>
internal sealed partial class ConnectionDriver
{
    /// <summary>The largest payload that <see cref="SendDatagram"/> takes now.</summary>
    public int MaxDatagramPayload
    {
        get
        {
            lock (Gate)
            {
                return Core.MaxDatagramPayload;
            }
        }
    }

    public DatagramSendResult SendDatagram(ReadOnlySpan<byte> payload)
    {
        PumpScratch scratch = PumpScratch.Current;
        lock (Gate)
        {
            DatagramSendResult result = Core.SendDatagram(payload);
            if (result != DatagramSendResult.Queued)
            {
                return result;
            }

            PumpLocked(scratch);
        }

        FinishPump(scratch);
        return DatagramSendResult.Queued;
    }

    /// <summary>Reads what is there. <see cref="DatagramReadResult.Blocked"/>: await <see cref="WaitDatagramAsync"/> and try again.</summary>
    public DatagramReadResult ReadDatagram(Span<byte> destination, out int length)
    {
        lock (Gate)
        {
            _datagramsArrived.RequireIdle();
            DatagramReadResult result = Core.ReadDatagram(destination, out length);
            if (result == DatagramReadResult.Blocked)
            {
                _datagramsArrived.Arm();
            }

            return result;
        }
    }

    public ValueTask WaitDatagramAsync(CancellationToken cancellationToken) => _datagramsArrived.WaitAsync(cancellationToken);

    private void EndDatagramWait(PumpScratch scratch)
    {
        if (_datagramsArrived.TryTake())
        {
            scratch.Signals.Add(_datagramsArrived);
        }
    }
}
