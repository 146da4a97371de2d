using CsCheck;

namespace Connet.Quic.Tests.Wire;

/// <summary>Checks a property over generated values: the same ones in every run. A failure names the seed, the round and the value.</summary>
internal static class Property
{
    private const uint Stream = 7;
    private const ulong Seed = 20_260_601;

    /// <summary>All integers that a varint can hold, with each encoded length equally likely.</summary>
    public static Gen<long> VarInts { get; } = Gen.OneOf(
        Gen.Long[0, (1 << 6) - 1], Gen.Long[0, (1 << 14) - 1], Gen.Long[0, (1L << 30) - 1], Gen.Long[0, (1L << 62) - 1], Gen.Const((1L << 62) - 1));

    public static void Holds<T>(Gen<T> values, Action<T> check, int rounds = 500)
    {
        PCG random = new(Stream, Seed);
        for (int round = 0; round < rounds; round++)
        {
            T value = values.Generate(random, null, out _);
            try
            {
                check(value);
            }
            catch (Exception failure)
            {
                Assert.Fail($"Seed {Stream}/{Seed}, round {round}, value {Print(value)}: {failure}");
            }
        }
    }

    private static string Print<T>(T value) =>
        value is System.Collections.IEnumerable items and not string ? string.Join(",", items.Cast<object>()) : $"{value}";
}
