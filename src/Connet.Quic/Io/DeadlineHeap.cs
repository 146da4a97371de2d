using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Io;

/// <summary>
/// The next deadline of every connection of an endpoint. Used by the socket thread alone. Entries are lazy: a deadline
/// that moved later stays where it was and is looked at again when it comes up. A connection has one entry at most, so
/// that those that ended leave nothing behind.
/// </summary>
internal sealed class DeadlineHeap
{
    private readonly List<ConnectionDriver> _heap = [];

    public int Count => _heap.Count;

    /// <summary>When the earliest entry comes up.</summary>
    public Timestamp Next => _heap.Count > 0 ? _heap[0].ScheduledAt : Timestamp.Never;

    /// <summary>Makes sure that the driver comes up at its deadline or before, or not at all if it has none.</summary>
    public void Schedule(ConnectionDriver driver)
    {
        Timestamp deadline = driver.Deadline;
        if (deadline.IsNever)
        {
            Remove(driver);
        }
        else if (deadline < driver.ScheduledAt)
        {
            driver.ScheduledAt = deadline;
            if (driver.HeapIndex < 0)
            {
                driver.HeapIndex = _heap.Count;
                _heap.Add(driver);
            }

            MoveUp(driver, driver.HeapIndex);
        }
    }

    /// <summary>Takes a driver that is due at <paramref name="now"/>; those that only seemed due are put back.</summary>
    public bool TryTakeDue(Timestamp now, out ConnectionDriver? driver)
    {
        while (_heap.Count > 0 && _heap[0].ScheduledAt <= now)
        {
            driver = _heap[0];
            Remove(driver);
            if (driver.Deadline <= now)
            {
                return true;
            }

            Schedule(driver);
        }

        driver = null;
        return false;
    }

    private void Remove(ConnectionDriver driver)
    {
        int index = driver.HeapIndex;
        if (index < 0)
        {
            return;
        }

        driver.HeapIndex = -1;
        driver.ScheduledAt = Timestamp.Never;
        ConnectionDriver last = _heap[^1];
        _heap.RemoveAt(_heap.Count - 1);
        if (last != driver)
        {
            Place(last, index);
            MoveDown(last, index);
            MoveUp(last, last.HeapIndex);
        }
    }

    private void MoveUp(ConnectionDriver driver, int index)
    {
        while (index > 0)
        {
            int parent = (index - 1) / 2;
            if (_heap[parent].ScheduledAt <= driver.ScheduledAt)
            {
                break;
            }

            Place(_heap[parent], index);
            index = parent;
        }

        Place(driver, index);
    }

    private void MoveDown(ConnectionDriver driver, int index)
    {
        while ((2 * index) + 1 < _heap.Count)
        {
            int child = (2 * index) + 1;
            if (child + 1 < _heap.Count && _heap[child + 1].ScheduledAt < _heap[child].ScheduledAt)
            {
                child++;
            }

            if (driver.ScheduledAt <= _heap[child].ScheduledAt)
            {
                break;
            }

            Place(_heap[child], index);
            index = child;
        }

        Place(driver, index);
    }

    private void Place(ConnectionDriver driver, int index)
    {
        _heap[index] = driver;
        driver.HeapIndex = index;
    }
}
