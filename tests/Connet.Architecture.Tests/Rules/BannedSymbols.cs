using Connet.Architecture.Tests.Metadata;

namespace Connet.Architecture.Tests.Rules;

/// <summary>The list of eng/BannedSymbols.txt, in the form the compiled code can be compared with.</summary>
internal sealed class BannedSymbols
{
    private readonly HashSet<string> _types = [];
    private readonly HashSet<(string Type, string Member)> _members = [];

    /// <param name="text">Lines of <c>T:Type;reason</c>, <c>P:Type.Property;reason</c>, <c>M:Type.Method(...);reason</c> or <c>F:Type.Field;reason</c>.</param>
    public BannedSymbols(string text)
    {
        foreach (string line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("//", StringComparison.Ordinal))
            {
                continue;
            }

            string symbol = line.Split(';')[0];
            string name = symbol[2..].Split('(')[0];
            int dot = name.LastIndexOf('.');
            switch (symbol[..2])
            {
                case "T:":
                    _types.Add(name);
                    break;
                case "P:":
                    _members.Add((name[..dot], "get_" + name[(dot + 1)..]));
                    _members.Add((name[..dot], "set_" + name[(dot + 1)..]));
                    break;
                case "M:" or "F:":
                    _members.Add((name[..dot], name[(dot + 1)..]));
                    break;
                default:
                    throw new FormatException($"eng/BannedSymbols.txt: '{line}' is of a kind this test does not know.");
            }
        }
    }

    public int Count => _types.Count + _members.Count;

    /// <summary>Whether the mention is of a banned type, something nested in one, or a banned member.</summary>
    public bool Bans(in TypeUse use)
    {
        string[] parts = use.To.Split('+');
        for (int count = 1; count <= parts.Length; count++)
        {
            if (_types.Contains(string.Join('.', parts[..count])))
            {
                return true;
            }
        }

        return use.Member is not null && _members.Contains((use.To.Replace('+', '.'), use.Member));
    }
}
