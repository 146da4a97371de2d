using Connet.Cli.Configuration;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Connet.Cli.Toml;

/// <summary>Reads TOML into nodes that know their lines. Errors never quote values: one may be a token.</summary>
internal static class TomlFile
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="ConfigurationException">It cannot be read or is not TOML.</exception>
    public static TomlSection Read(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{path}: cannot be read: {FileProblem.Describe(exception)}");
        }
    }

    /// <summary>Reads text; <paramref name="name"/> stands for the file in errors.</summary>
    /// <exception cref="ConfigurationException">It is not TOML.</exception>
    public static TomlSection Parse(string text, string name)
    {
        DocumentSyntax document = SyntaxParser.Parse(text, name, validate: true);
        foreach (DiagnosticMessage message in document.Diagnostics)
        {
            if (message.Kind == DiagnosticMessageKind.Error)
            {
                throw new ConfigurationException($"{name}:{message.Span.Start.Line + 1}: {TomlProblem.Describe(message)}");
            }
        }

        TomlSection root = new(1);
        AddAll(root, document.KeyValues);
        foreach (TableSyntaxBase table in document.Tables)
        {
            string[] path = [.. Names(table.Name!)];
            AddAll(table is TableArraySyntax ? NewItem(root, path, LineOf(table)) : Descend(root, path, LineOf(table)), table.Items);
        }

        return root;
    }

    private static void AddAll(TomlSection section, IEnumerable<KeyValueSyntax> pairs)
    {
        foreach (KeyValueSyntax pair in pairs)
        {
            string[] path = [.. Names(pair.Key!)];
            int line = LineOf(pair.Key!);
            Descend(section, path[..^1], line).Entries[path[^1]] = Node(pair.Value!, line);
        }
    }

    private static TomlNode Node(ValueSyntax value, int line)
    {
        switch (value)
        {
            case ArraySyntax array:
                TomlList list = new(line);
                list.Items.AddRange(array.Items.Select(item => Node(item.Value!, LineOf(item.Value!))));
                return list;
            case InlineTableSyntax table:
                TomlSection section = new(line);
                AddAll(section, table.Items.Select(item => item.KeyValue!));
                return section;
            default:
                return new TomlScalar(line, ScalarOf(value));
        }
    }

    private static object? ScalarOf(ValueSyntax value) => value switch
    {
        StringValueSyntax text => text.Value,
        IntegerValueSyntax number => number.Value,
        FloatValueSyntax number => number.Value,
        BooleanValueSyntax truth => truth.Value,
        _ => null,
    };

    private static TomlSection NewItem(TomlSection root, string[] path, int line)
    {
        TomlSection parent = Descend(root, path[..^1], line);
        if (!parent.Entries.TryGetValue(path[^1], out TomlNode? node))
        {
            parent.Entries[path[^1]] = node = new TomlList(line);
        }

        TomlSection item = new(line);
        ((TomlList)node).Items.Add(item);
        return item;
    }

    /// <summary>The table at a path, made where it is missing. The last item of an array of tables is the one that a header goes on with.</summary>
    private static TomlSection Descend(TomlSection section, string[] path, int line)
    {
        foreach (string name in path)
        {
            if (!section.Entries.TryGetValue(name, out TomlNode? node))
            {
                section.Entries[name] = node = new TomlSection(line);
            }

            section = node as TomlSection ?? (TomlSection)((TomlList)node).Items[^1];
        }

        return section;
    }

    private static IEnumerable<string> Names(KeySyntax key) => [Name(key.Key!), .. key.DotKeys.Select(dotted => Name(dotted.Key!))];

    private static string Name(BareKeyOrStringValueSyntax key) => key switch
    {
        BareKeySyntax bare => bare.Key!.Text ?? "",
        StringValueSyntax quoted => quoted.Value ?? "",
        _ => "",
    };

    private static int LineOf(SyntaxNodeBase node) => node.Span.Start.Line + 1;
}
