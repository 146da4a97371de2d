using Connet.Quic.Core.Streams;

namespace Connet.Quic.Tests.Streams;

public sealed class RangeSetTests
{
    private const int Universe = 64;

    [Test]
    public void Adding_and_removing_matches_a_set_of_numbers()
    {
        for (int seed = 0; seed < 500; seed++)
        {
            Random random = new(seed);
            RangeSet set = new();
            bool[] model = new bool[Universe + 20];
            for (int step = 0; step < 60; step++)
            {
                int start = random.Next(Universe);
                int length = random.Next(20);
                int before = model.Count(covered => covered);
                bool add = random.Next(2) == 0;
                model.AsSpan(start, length).Fill(add);
                if (add)
                {
                    long added = set.Add(start, start + length);
                    Assert.That(added, Is.EqualTo(model.Count(covered => covered) - before), $"seed {seed}, step {step}");
                }
                else
                {
                    set.Remove(start, start + length);
                }

                AssertSame(set, model, $"seed {seed}, step {step}");
            }
        }
    }

    [Test]
    public void Removing_at_the_front_reclaims_room_without_growing()
    {
        RangeSet set = new();
        for (int i = 0; i < 4; i++)
        {
            set.Add(i * 2, (i * 2) + 1);
        }

        for (int i = 4; i < 10_000; i++)
        {
            set.RemoveFirst();
            set.Add(i * 2, (i * 2) + 1);
            Assert.That(set.Count, Is.EqualTo(4));
            Assert.That(set[3], Is.EqualTo(new OffsetRange(i * 2, (i * 2) + 1)));
        }
    }

    [Test]
    public void The_first_range_after_an_offset_is_found()
    {
        RangeSet set = new();
        set.Add(10, 20);
        set.Add(30, 40);
        Assert.That(set.FirstEndingAfter(5), Is.Zero);
        Assert.That(set.FirstEndingAfter(19), Is.Zero);
        Assert.That(set.FirstEndingAfter(20), Is.EqualTo(1), "ranges end before their end");
        Assert.That(set.FirstEndingAfter(40), Is.EqualTo(2));
    }

    private static void AssertSame(RangeSet set, bool[] model, string where)
    {
        bool[] covered = new bool[model.Length];
        bool isProper = true;
        for (int i = 0; i < set.Count; i++)
        {
            isProper &= set[i].Length > 0 && (i == 0 || set[i].Start > set[i - 1].End);
            covered.AsSpan((int)set[i].Start, (int)set[i].Length).Fill(true);
        }

        Assert.That(isProper, Is.True, $"ranges are sorted and do not touch: {where}");
        Assert.That(covered.AsSpan().SequenceEqual(model), Is.True, where);
    }
}
