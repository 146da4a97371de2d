using Connet.Architecture.Tests.Rules;

namespace Connet.Architecture.Tests;

/// <summary>Files, sizes, log methods and waiting, read off the source.</summary>
public sealed class SourceTests
{
    private const int MaxLines = 600;
    private const int NinthDecileLines = 350;
    private const int MaxMembers = 30;

    /// <summary>Types that may have more members than <see cref="MaxMembers"/>, and why.</summary>
    private static readonly Dictionary<string, string> s_largeTypes = new()
    {
        ["Connet.Quic.Core.Connection"] = "the coordinator: every input and output of a connection passes through it, split by concern into partial files",
        ["Connet.Quic.Io.ConnectionDriver"] = "where the socket thread, the callers and the TLS workers meet one connection, split by concern into partial files",
        ["Connet.Quic.Core.Streams.StreamMap"] = "the connection's one door to its streams: an entry for each stream frame and each application call",
    };

    private static readonly SourceFile[] s_source = [.. RepositoryTree.Sources("src", "benchmarks", "samples")];

    [Test]
    public void The_sources_were_found() => Assert.That(s_source, Has.Length.GreaterThan(8));

    [Test]
    public void A_file_holds_one_type_and_has_its_name() => Assert.That(s_source.SelectMany(SourceRules.OneTypePerFile), Is.Empty);

    [Test]
    public void A_namespace_is_its_folder() => Assert.That(s_source.SelectMany(SourceRules.NamespaceIsFolder), Is.Empty);

    [Test]
    public void No_file_is_too_long() =>
        Assert.That(s_source.Where(file => file.LineCount > MaxLines).Select(file => $"{file.Path}: {file.LineCount} lines"), Is.Empty);

    [Test]
    public void Nine_files_in_ten_of_the_transport_are_short()
    {
        int[] lines = [.. s_source.Where(file => file.Path.StartsWith("src/Connet.Quic/", StringComparison.Ordinal)).Select(file => file.LineCount)];
        Assert.That(NinthDecile(lines), Is.LessThanOrEqualTo(NinthDecileLines));
    }

    [Test]
    public void No_type_has_too_many_members() =>
        Assert.That(SourceRules.VisibleMembers(s_source).Where(each => each.Members > MaxMembers && !s_largeTypes.ContainsKey(each.Type)), Is.Empty);

    [Test]
    public void Log_methods_are_generated_live_in_log_files_and_have_unique_event_ids()
    {
        Assert.That(s_source.SelectMany(SourceRules.Logging), Is.Empty);
        foreach (IGrouping<string, SourceFile> project in s_source.GroupBy(file => file.Path.Split('/')[1]))
        {
            Assert.That(SourceRules.DuplicateEventIds(project), Is.Empty, project.Key);
        }
    }

    [Test]
    public void Nothing_waits_for_time_to_pass() => Assert.That(RepositoryTree.Sources("src", "samples", "tests").SelectMany(SourceRules.Sleeping), Is.Empty);

    [TestCase("src/P/Two.cs", "namespace P; class Two; class Other;", "2 top-level types")]
    [TestCase("src/P/Wrong.cs", "namespace P; class Right;", "name the file Right.cs")]
    [TestCase("src/P/Thing.Part.cs", "namespace P; class Thing;", "name the file Thing.cs")]
    [TestCase("src/P/Thing.cs", "namespace P; enum Thing { A } delegate void Done();", "2 top-level types")]
    [TestCase("src/P/Thing.cs", "namespace P { interface Thing; } namespace Q { struct Other; }", "2 top-level types")]
    public void A_badly_named_or_shared_file_is_found(string path, string text, string expected) =>
        Assert.That(SourceRules.OneTypePerFile(new SourceFile(path, text)), Has.One.Contains(expected));

    [TestCase("src/P/Thing.Part.cs", "namespace P; partial class Thing { class Nested; }")]
    [TestCase("src/P/Thing.cs", "namespace P; record struct Thing<T>(T Value);")]
    [TestCase("src/P/Usings.cs", "global using System;")]
    public void A_well_named_file_passes(string path, string text) => Assert.That(SourceRules.OneTypePerFile(new SourceFile(path, text)), Is.Empty);

    [TestCase("src/P.Q/Core/Wire/A.cs", "namespace P.Q.Core; class A;")]
    [TestCase("src/P.Q/A.cs", "namespace P.Q.Wire { class A; }")]
    public void A_namespace_beside_its_folder_is_found(string path, string text) =>
        Assert.That(SourceRules.NamespaceIsFolder(new SourceFile(path, text)), Has.One.Contains("should be"));

    [TestCase(1, 1)]
    [TestCase(10, 9)]
    [TestCase(100, 90)]
    public void The_ninth_decile_is_the_nearest_rank(int count, int expected) =>
        Assert.That(NinthDecile([.. Enumerable.Range(1, count).Reverse()]), Is.EqualTo(expected));

    [Test]
    public void Lines_are_counted_with_and_without_a_last_line_break()
    {
        Assert.That(new SourceFile("a.cs", "one\ntwo\n").LineCount, Is.EqualTo(2));
        Assert.That(new SourceFile("a.cs", "one\ntwo").LineCount, Is.EqualTo(2));
    }

    [Test]
    public void Members_are_counted_over_all_parts_of_a_type()
    {
        SourceFile[] files =
        [
            new("A.One.cs", "namespace P; partial class A { public int X, Y; internal void M() { } private int _z; void Hidden() { } public override string ToString() => \"\"; }"),
            new("A.Two.cs", "namespace P; partial class A { protected int P { get; } public class Nested { public A(int value) { } } }"),
            new("R.cs", "namespace P; record struct R(int First, int Second); interface I { void M(); int P { get; } }"),
        ];
        Assert.That(
            SourceRules.VisibleMembers(files),
            Is.EquivalentTo(new[] { ("P.A", 5), ("P.A.Nested", 1), ("P.R", 2), ("P.I", 2) }));
    }

    [TestCase("src/P/Other.cs", "class Other { [LoggerMessage(1, LogLevel.Debug, \"x\")] static partial void M(ILogger l); }", "outside a *Log.cs file")]
    [TestCase("src/P/MyLog.cs", "class MyLog { [LoggerMessage(Level = LogLevel.Debug)] static partial void M(ILogger l); }", "without a literal event id")]
    [TestCase("src/P/MyLog.cs", "class MyLog { void M(ILogger l) => l.LogInformation(\"x\"); }", "instead of a generated log method")]
    public void A_bad_log_method_is_found(string path, string text, string expected) =>
        Assert.That(SourceRules.Logging(new SourceFile(path, text)), Has.One.Contains(expected));

    [Test]
    public void An_event_id_used_twice_is_found()
    {
        SourceFile first = new("ALog.cs", "class ALog { [LoggerMessage(7, LogLevel.Debug, \"x\")] static partial void M(ILogger l); [LoggerMessage(8, LogLevel.Debug, \"x\")] static partial void N(ILogger l); }");
        SourceFile second = new("BLog.cs", "class BLog { [LoggerMessage(Level = LogLevel.Debug, EventId = 7)] static partial void M(ILogger l); }");
        Assert.That(SourceRules.DuplicateEventIds([first, second]), Is.EqualTo(new[] { "event id 7 is used by ALog.cs:1 and BLog.cs:1" }));
    }

    [TestCase("class A { void M() => Thread.Sleep(1); }")]
    [TestCase("class A { async Task M() => await System.Threading.Tasks.Task.Delay(1); }")]
    [TestCase("class A { System.Action<int> M() => System.Threading.Thread.Sleep; }")]
    [TestCase("using static System.Threading.Thread; class A { void M() => Sleep(1); }")]
    [TestCase("using T = System.Threading.Tasks.Task; class A { void M() => T.Delay(1); }")]
    public void Sleeping_is_found(string text) => Assert.That(SourceRules.Sleeping(new SourceFile("A.cs", text)), Is.Not.Empty);

    [TestCase("using System.Threading.Tasks; class A { string M() => \"Thread.Sleep(1)\"; } // Task.Delay")]
    public void Text_about_sleeping_passes(string text) => Assert.That(SourceRules.Sleeping(new SourceFile("A.cs", text)), Is.Empty);

    private static int NinthDecile(int[] values)
    {
        Array.Sort(values);
        return values[(int)Math.Ceiling(values.Length * 0.9) - 1];
    }
}
