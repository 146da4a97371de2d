using Connet.Architecture.Tests.Metadata;

namespace Connet.Architecture.Tests.Rules;

/// <summary>Which group of namespaces may mention which. The longest matching prefix decides the group of a type.</summary>
/// <param name="root">The namespace that the groups' names are relative to.</param>
/// <param name="allowed">Group → the groups it may mention besides itself. The empty name is the root itself.</param>
internal sealed class LayerRules(string root, IReadOnlyDictionary<string, string[]> allowed)
{
    private static readonly string[] s_core =
        ["Core", "Core.Primitives", "Core.Wire", "Core.Crypto", "Core.Tls", "Core.Streams", "Core.Recovery", "Core.Paths"];

    /// <summary>The table of docs/architecture.md.</summary>
    public static IReadOnlyDictionary<string, string[]> Quic { get; } = new Dictionary<string, string[]>
    {
        ["Core.Primitives"] = [],
        ["Core.Wire"] = ["Core.Primitives"],
        ["Core.Crypto"] = ["Core.Wire", "Core.Primitives"],
        ["Core.Tls"] = ["Core.Crypto", "Core.Wire", "Core.Primitives"],
        ["Core.Streams"] = ["Core.Wire", "Core.Primitives"],
        ["Core.Recovery"] = ["Core.Wire", "Core.Primitives"],
        ["Core.Paths"] = ["Core.Recovery", "Core.Wire", "Core.Primitives"],
        ["Core"] = s_core,
        ["Diagnostics"] = s_core,
        ["Io"] = [.. s_core, "Diagnostics"],
        [""] = [.. s_core, "Io", "Diagnostics"],
    };

    /// <summary>The mentions that the table does not allow.</summary>
    public IEnumerable<string> Violations(IEnumerable<TypeUse> uses)
    {
        foreach (TypeUse use in uses)
        {
            if (GroupOf(use.From) is not { } from || GroupOf(use.To) is not { } to || from == to)
            {
                continue;
            }

            if (!allowed[from].Contains(to))
            {
                yield return $"{use}: {Name(from)} must not know {Name(to)}";
            }
        }
    }

    /// <summary>The groups that can reach themselves through the table; empty in a table without a cycle.</summary>
    public static IEnumerable<string> Cycles(IReadOnlyDictionary<string, string[]> table) =>
        table.Keys.Where(group => Reachable(table, group).Contains(group));

    /// <summary>The group of a type, or null for a type outside the root.</summary>
    public string? GroupOf(string typeName)
    {
        string space = TypeNames.Namespace(typeName);
        if (space != root && !space.StartsWith(root + ".", StringComparison.Ordinal))
        {
            return null;
        }

        string relative = space == root ? "" : space[(root.Length + 1)..];
        return allowed.Keys
            .Where(group => group.Length == 0 || relative == group || relative.StartsWith(group + ".", StringComparison.Ordinal))
            .MaxBy(group => group.Length);
    }

    private static HashSet<string> Reachable(IReadOnlyDictionary<string, string[]> table, string start)
    {
        HashSet<string> found = [];
        Stack<string> open = new(table[start].Where(next => next != start));
        while (open.TryPop(out string? next))
        {
            if (found.Add(next))
            {
                foreach (string further in table[next].Where(further => further != next))
                {
                    open.Push(further);
                }
            }
        }

        return found;
    }

    private static string Name(string group) => group.Length == 0 ? "the root" : group;
}
