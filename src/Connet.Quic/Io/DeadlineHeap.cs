using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Io;

/// <summary>
/// The next deadline of every connection of an endpoint. Used by the socket thread alone. Entries are lazy: a deadline
/// that moved later stays where it was and is looked at again when it comes up.
/// </summary>
internal sealed class DeadlineHeap
{
    private readonly PriorityQueue<ConnectionDriver, long> _queue = new();

    /// <summary>When the earliest entry comes up.</summary>
    public Timestamp Next => _queue.TryPeek(out _, out long ticks) ? new Timestamp(ticks) : Timestamp.Never;

    /// <summary>Makes sure that the driver comes up at its deadline or before.</summary>
    public void Schedule(ConnectionDriver driver)
    {
        Timestamp deadline = driver.Deadline;
        if (deadline < driver.ScheduledAt)
        {
            driver.ScheduledAt = deadline;
            _queue.Enqueue(driver, deadline.Ticks);
        }
    }

    /// <summary>Takes a driver that is due at <paramref name="now"/>; those that only seemed due are put back.</summary>
    public bool TryTakeDue(Timestamp now, out ConnectionDriver? driver)
    {
        while (_queue.TryPeek(out driver, out long ticks) && ticks <= now.Ticks)
        {
            _queue.Dequeue();
            if (driver.ScheduledAt.Ticks != ticks)
            {
                continue;
            }

            driver.ScheduledAt = Timestamp.Never;
            if (driver.Deadline <= now)
            {
                return true;
            }

            Schedule(driver);
        }

        driver = null;
        return false;
    }
}
