using Connet.Quic.Core.Recovery;

namespace Connet.Quic.Tests.Recovery;

/// <summary>
/// The windows of whole transfers as snapshots: datagrams at fixed intervals, then the packets dropped. Whoever changes
/// a controller sees here what it does to a connection.
/// </summary>
public sealed class CongestionCurveTests
{
    [Test]
    public void NewReno_over_10_megabits_and_50_ms() =>
        Check(
            new CongestionTrace(new NewReno(1200), 10, 50, 52).Run(20_000, 500),
            "106 59 67 75 81 87 93 99 104 55 63 71 78 84 90 96 101 106 59 67 74 "
            + "81 87 93 98 103 54 63 70 77 84 90 95 101 106 58 66 74 80 87 | 117");

    [Test]
    public void Cubic_over_10_megabits_and_50_ms() =>
        Check(
            new CongestionTrace(new Cubic(1200), 10, 50, 52).Run(20_000, 500),
            "94 105 79 84 87 89 91 93 96 98 101 104 74 84 91 97 101 104 105 75 "
            + "80 85 87 89 91 94 96 99 102 105 77 86 93 99 102 104 74 79 83 86 | 33");

    [Test]
    public void Cubic_over_a_deep_queue_leaves_slow_start_before_it_is_full() =>
        Check(
            new CongestionTrace(new Cubic(1200), 20, 40, 2000).Run(3_000, 100),
            "40 160 238 290 343 395 447 499 551 595 595 595 596 596 596 "
            + "597 597 597 598 598 598 599 599 599 600 600 600 601 601 602 | 0");

    [Test]
    public void NewReno_over_a_deep_queue_fills_it_in_slow_start() =>
        Check(
            new CongestionTrace(new NewReno(1200), 20, 40, 2000).Run(3_000, 100),
            "40 160 364 572 781 989 1197 1406 1614 1822 2031 2239 2447 2656 2864 3072 "
            + "3281 3489 3697 3906 4114 2085 2085 2085 2085 2085 2085 2085 2085 2085 | 2086");

    [Test]
    public void Cubic_over_a_shallow_queue() =>
        Check(
            new CongestionTrace(new Cubic(1200), 50, 30, 20).Run(20_000, 500),
            "64 73 82 94 111 127 144 160 175 135 147 157 165 170 174 127 136 144 153 162 170 "
            + "124 138 149 158 165 171 175 132 144 155 163 168 173 125 133 142 151 160 168 | 49");

    [Test]
    public void NewReno_over_a_long_fat_path() =>
        Check(
            new CongestionTrace(new NewReno(1200), 100, 150, 300).Run(60_000, 2_000),
            "624 638 651 664 678 691 704 718 731 744 758 771 784 798 811 824 "
            + "838 851 864 877 891 904 917 931 944 957 971 984 997 1011 | 322");

    [Test]
    public void Cubic_over_a_long_fat_path() =>
        Check(
            new CongestionTrace(new Cubic(1200), 100, 150, 300).Run(60_000, 2_000),
            "933 1096 1187 1229 1241 1242 1251 1287 1371 1519 1753 1449 1659 1790 1860 "
            + "1422 1522 1570 1586 1587 1594 1625 1700 1838 1494 1684 1799 1857 1406 1513 | 377");

    private static void Check(string actual, string expected) => Assert.That(actual, Is.EqualTo(expected));
}
