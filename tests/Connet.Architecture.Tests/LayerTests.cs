using Connet.Architecture.Tests.Metadata;
using Connet.Architecture.Tests.Rules;

namespace Connet.Architecture.Tests;

/// <summary>The import rules inside Connet.Quic (docs/architecture.md), on the compiled assembly.</summary>
public sealed class LayerTests
{
    private const string SampleRoot = "Connet.Architecture.Tests.Samples";

    private static IReadOnlyCollection<TypeUse> SampleUses { get; } = AssemblyUses.Read(typeof(LayerTests).Assembly.Location);

    [Test]
    public void Folders_of_the_transport_import_one_way_only()
    {
        IReadOnlyCollection<TypeUse> uses = AssemblyUses.Read(RepositoryTree.AssemblyPath("Connet.Quic"));
        LayerRules rules = new("Connet.Quic", LayerRules.Quic);
        Assert.That(uses.Select(use => rules.GroupOf(use.From)), Has.Some.EqualTo("Core.Primitives").And.Some.EqualTo("Core.Wire"), "nothing was examined");
        Assert.That(rules.Violations(uses).Distinct(), Is.Empty);
    }

    /// <summary>Constants and <c>nameof</c> leave no trace in the assembly; the source shows them.</summary>
    [Test]
    public void Sources_of_the_transport_import_one_way_only()
    {
        TestMachine.RequireTime();
        IReadOnlyCollection<TypeUse> uses = SourceUses.Read(RepositoryTree.Sources("src/Connet.Quic"), "Connet.Quic");
        Assert.That(uses.Select(use => use.To), Has.Some.EqualTo("Connet.Quic.Core.Primitives.ConnectionId"), "nothing was bound");
        Assert.That(new LayerRules("Connet.Quic", LayerRules.Quic).Violations(uses), Is.Empty);
    }

    [TestCase("class Low { const int Limit = Tls.High.Limit; }")]
    [TestCase("class Low { string Name => nameof(Tls.High); }")]
    [TestCase("class Low { int Read(int[] values) => values.Length > Tls.High.Limit ? 1 : 0; }")]
    public void A_mention_without_trace_in_the_assembly_is_found(string low)
    {
        SourceFile[] files =
        [
            new("Low.cs", "namespace P.Core.Wire; " + low),
            new("High.cs", "namespace P.Core.Tls; static class High { public const int Limit = 3; }"),
        ];
        Assert.That(
            new LayerRules("P", LayerRules.Quic).Violations(SourceUses.Read(files, "P")), Has.Some.Contains("P.Core.Wire.Low → P.Core.Tls.High"));
    }

    [Test]
    public void The_table_has_no_cycle() => Assert.That(LayerRules.Cycles(LayerRules.Quic), Is.Empty);

    [Test]
    public void A_cycle_in_a_table_is_found()
    {
        Dictionary<string, string[]> table = new() { ["A"] = ["B"], ["B"] = ["C"], ["C"] = ["A"], ["D"] = ["A"] };
        Assert.That(LayerRules.Cycles(table), Is.EquivalentTo(new[] { "A", "B", "C" }));
    }

    /// <summary>The sample in Core.Wire mentions one type of Core.Tls in each way there is.</summary>
    [TestCase("MentionInBase", UsePlace.Declaration)]
    [TestCase("MentionInConstraint`1", UsePlace.Declaration)]
    [TestCase("MentionInAttribute", UsePlace.Attribute)]
    [TestCase("MentionInField", UsePlace.Field)]
    [TestCase("MentionInSignature", UsePlace.Signature)]
    [TestCase("MentionInGenericArgument", UsePlace.Field)]
    [TestCase("MentionInLocal", UsePlace.Local)]
    [TestCase("MentionInBody", UsePlace.Body)]
    [TestCase("MentionInCatch", UsePlace.Body)]
    [TestCase("MentionInLambda", UsePlace.Body)]
    public void An_upward_mention_is_found_wherever_it_stands(string type, object place)
    {
        LayerRules rules = new(SampleRoot, LayerRules.Quic);
        IEnumerable<TypeUse> uses = SampleUses.Where(use => use.From == $"{SampleRoot}.Core.Wire.{type}" && use.Place == (UsePlace)place);
        Assert.That(
            rules.Violations(uses), Has.Some.Contains($"{SampleRoot}.Core.Wire.{type} → {SampleRoot}.Core.Tls.").And.All.Contains("Core.Wire must not know Core.Tls"));
    }

    [TestCase("Connet.Quic.Core.Wire.Frames.AckFrame", "Core.Wire")]
    [TestCase("Connet.Quic.Core.Connection+Nested", "Core")]
    [TestCase("Connet.Quic.QuicEndpoint", "")]
    [TestCase("Connet.Quicker.Core.Thing", null)]
    public void The_longest_prefix_decides_the_group(string type, string? group) =>
        Assert.That(new LayerRules("Connet.Quic", LayerRules.Quic).GroupOf(type), Is.EqualTo(group));
}
