using Connet.Quic.Core.Streams;

using CsCheck;

namespace Connet.Quic.Tests.Streams;

public sealed class RangeSetTests
{
    private const int Universe = 64;

    [Test]
    public void Adding_and_removing_matches_a_set_of_numbers()
    {
        Gen<(bool Add, int Start, int Length)[]> operations = Gen.Select(Gen.Bool, Gen.Int[0, Universe - 1], Gen.Int[0, 20]).Array[0, 60];
        operations.Sample(
            steps =>
            {
                RangeSet set = new();
                bool[] model = new bool[Universe + 20];
                foreach ((bool add, int start, int length) in steps)
                {
                    int before = model.Count(covered => covered);
                    model.AsSpan(start, length).Fill(add);
                    if (add)
                    {
                        long added = set.Add(start, start + length);
                        Assert.That(added, Is.EqualTo(model.Count(covered => covered) - before));
                    }
                    else
                    {
                        set.Remove(start, start + length);
                    }

                    AssertSame(set, model);
                }
            },
            iter: 3000,
            seed: "0000KOIPe036");
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

    private static void AssertSame(RangeSet set, bool[] model)
    {
        bool[] covered = new bool[model.Length];
        for (int i = 0; i < set.Count; i++)
        {
            Assert.That(set[i].Length, Is.Positive);
            if (i > 0)
            {
                Assert.That(set[i].Start, Is.GreaterThan(set[i - 1].End), "ranges are sorted and do not touch");
            }

            covered.AsSpan((int)set[i].Start, (int)set[i].Length).Fill(true);
        }

        Assert.That(covered, Is.EqualTo(model));
    }
}
