using Connet.Architecture.Tests.Metadata;
using Connet.Architecture.Tests.Rules;

namespace Connet.Architecture.Tests;

/// <summary>
/// The core mentions nothing of eng/BannedSymbols.txt. The analyzer already refuses uses in the source; this sees what it misses: types that stand
/// only in signatures, and what generated code brings in.
/// </summary>
public sealed class SansIoTests
{
    private const string Core = "Connet.Quic.Core";
    private const string Samples = "Connet.Architecture.Tests.Samples.Banned.";

    private static readonly BannedSymbols s_banned = new(RepositoryTree.Read("eng/BannedSymbols.txt"));

    /// <summary>Type, what it may mention all the same, and why.</summary>
    private static readonly (string From, string To, string Reason)[] s_exceptions =
    [
        ("Connet.Quic.Core.Tls.SystemSecureRandom", "System.Security.Cryptography.RandomNumberGenerator",
            "BouncyCastle asks for a SecureRandom of its own; handshake secrets always come from the operating system"),
    ];

    [Test]
    public void The_core_mentions_nothing_banned()
    {
        IReadOnlyCollection<TypeUse> uses = AssemblyUses.Read(RepositoryTree.AssemblyPath("Connet.Quic"));
        HashSet<string> derived = BouncyCastleDerived(uses);
        TypeUse[] core = [.. uses.Where(use => TypeNames.Namespace(use.From) is { } space && (space == Core || space.StartsWith(Core + ".", StringComparison.Ordinal)))];
        Assert.That(core, Has.Length.GreaterThan(100), "nothing was examined");
        Assert.That(core.Where(use => s_banned.Bans(use) && !IsExcepted(use, derived)), Is.Empty);
    }

    [Test]
    public void The_list_is_not_empty() => Assert.That(s_banned.Count, Is.GreaterThan(20));

    [TestCase("BannedLocal", "System.Diagnostics.Stopwatch")]
    [TestCase("BannedSignature", "System.Threading.Tasks.Task")]
    [TestCase("BannedGenericArgument", "System.TimeProvider")]
    [TestCase("BannedProperty", "System.Environment")]
    [TestCase("BannedMethod", "System.Guid")]
    [TestCase("BannedAttributeArgument", "System.Threading.Timer")]
    [TestCase("BannedLock", "System.Threading.Monitor")]
    public void A_banned_mention_is_found(string type, string symbol) =>
        Assert.That(
            SampleUses(type).Where(use => s_banned.Bans(use)).Select(use => use.To), Is.Not.Empty.And.All.EqualTo(symbol));

    [Test]
    public void A_clean_type_passes() => Assert.That(SampleUses("AllowedClean").Where(use => s_banned.Bans(use)), Is.Empty);

    [Test]
    public void An_unknown_kind_of_line_is_refused() => Assert.Throws<FormatException>(() => _ = new BannedSymbols("X:Some.Thing;why"));

    private static IEnumerable<TypeUse> SampleUses(string type) =>
        AssemblyUses.Read(typeof(SansIoTests).Assembly.Location).Where(use => use.From == Samples + type);

    /// <summary>
    /// Types of Core.Tls that derive from one of BouncyCastle have its signatures to override. Their fields, locals and bodies stay checked.
    /// </summary>
    private static HashSet<string> BouncyCastleDerived(IEnumerable<TypeUse> uses) =>
        [.. uses.Where(use => use.Place == UsePlace.Declaration
                && TypeNames.Namespace(use.From) == Core + ".Tls"
                && use.To.StartsWith("Org.BouncyCastle.", StringComparison.Ordinal))
            .Select(use => use.From)];

    private static bool IsExcepted(in TypeUse use, HashSet<string> derived)
    {
        (string from, string to) = (use.From, use.To);
        return (use.Place == UsePlace.Signature && derived.Contains(from)) || s_exceptions.Any(each => each.From == from && each.To == to);
    }
}
