using System.Reflection;
using Connet.Architecture.Tests.Rules;
using Connet.Architecture.Tests.Samples.Api;

namespace Connet.Architecture.Tests;

/// <summary>Conventions of types and of the public API.</summary>
public sealed class ApiTests
{
    /// <summary>Classes that are meant to be derived from and are not abstract, and why.</summary>
    private static readonly Dictionary<string, string> s_open = [];

    private static IEnumerable<Type> SourceTypes => RepositoryTree.SourceProjects.SelectMany(project => ApiRules.WrittenTypes(Assembly.Load(project)));

    [Test]
    public void The_types_were_found() => Assert.That(SourceTypes.Select(type => type.Name), Does.Contain("ConnectionId"));

    [Test]
    public void Classes_are_sealed_static_or_abstract() =>
        Assert.That(SourceTypes.Where(type => !s_open.ContainsKey(type.FullName!)).SelectMany(ApiRules.Sealed), Is.Empty);

    [Test]
    public void Public_async_methods_return_something_to_await_and_take_a_trailing_token() =>
        Assert.That(SourceTypes.SelectMany(ApiRules.AsyncShape), Is.Empty);

    [Test]
    public void An_open_class_is_found() => Assert.That(ApiRules.Sealed(typeof(BadApi.Open)), Has.One.Contains("neither sealed"));

    [Test]
    public void Sealed_static_and_abstract_classes_pass()
    {
        Type[] good = [typeof(GoodApi), typeof(ApiRules), typeof(Stream), typeof(DateTime), typeof(IDisposable)];
        Assert.That(good.SelectMany(ApiRules.Sealed), Is.Empty);
    }

    [Test]
    public void Badly_shaped_async_methods_are_found() =>
        Assert.That(
            ApiRules.AsyncShape(typeof(BadApi)).Select(text => text.Split('.')[^1]),
            Is.EquivalentTo(new[]
            {
                "NoTokenAsync takes no trailing CancellationToken",
                "TokenFirstAsync takes no trailing CancellationToken",
                "Unnamed returns ValueTask but its name does not end in Async",
                "NothingToAwaitAsync does not return ValueTask, Task or IAsyncEnumerable",
            }));

    [Test]
    public void Well_shaped_async_methods_pass() => Assert.That(ApiRules.AsyncShape(typeof(GoodApi)), Is.Empty);
}
