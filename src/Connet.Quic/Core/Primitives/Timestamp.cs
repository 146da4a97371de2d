namespace Connet.Quic.Core.Primitives;

/// <summary>
/// An instant on a monotonic clock with an arbitrary origin, in units of 100 ns. The core never reads a clock: every
/// instant comes in as an argument, from the socket thread in production and from a virtual clock in tests.
/// </summary>
internal readonly record struct Timestamp(long Ticks) : IComparable<Timestamp>
{
    /// <summary>An instant later than every other; used for "no deadline".</summary>
    public static Timestamp Never => new(long.MaxValue);

    /// <summary>Whether this is <see cref="Never"/>.</summary>
    public bool IsNever => Ticks == long.MaxValue;

    public static Timestamp operator +(Timestamp left, TimeSpan right) =>
        left.IsNever || right.Ticks > long.MaxValue - 1 - left.Ticks ? Never : new(left.Ticks + right.Ticks);

    public static Timestamp operator -(Timestamp left, TimeSpan right) => left.IsNever ? Never : new(left.Ticks - right.Ticks);

    public static TimeSpan operator -(Timestamp left, Timestamp right) => new(left.Ticks - right.Ticks);

    public static bool operator <(Timestamp left, Timestamp right) => left.Ticks < right.Ticks;

    public static bool operator >(Timestamp left, Timestamp right) => left.Ticks > right.Ticks;

    public static bool operator <=(Timestamp left, Timestamp right) => left.Ticks <= right.Ticks;

    public static bool operator >=(Timestamp left, Timestamp right) => left.Ticks >= right.Ticks;

    /// <summary>The earlier of two instants.</summary>
    public static Timestamp Min(Timestamp left, Timestamp right) => left <= right ? left : right;

    /// <summary>The later of two instants.</summary>
    public static Timestamp Max(Timestamp left, Timestamp right) => left >= right ? left : right;

    public int CompareTo(Timestamp other) => Ticks.CompareTo(other.Ticks);

    public override string ToString() => IsNever ? "never" : new TimeSpan(Ticks).ToString();
}
