using System.Globalization;
using Connet.Cli.Toml;

namespace Connet.Cli.Configuration;

/// <summary>Turns the tables of a file into settings, by the key table.</summary>
internal sealed class SettingsReader(string file, List<string> warnings)
{
    /// <summary>Reads a whole file.</summary>
    /// <exception cref="ConfigurationException">A key is unknown, or a value is not allowed.</exception>
    public SettingsSection Read(TomlSection root) => Read(root, KeyTable.Root, "");

    private SettingsSection Read(TomlSection table, SectionDefinition definition, string path)
    {
        SettingsBuilder builder = new(new Origin(file, table.Line, path), warnings);
        ReadEntries(table, definition, path, "", builder);
        return builder.Build();
    }

    private void ReadEntries(TomlSection table, SectionDefinition definition, string path, string prefix, SettingsBuilder builder)
    {
        foreach ((string entry, TomlNode node) in table.Entries)
        {
            string name = prefix + entry;
            Origin origin = new(file, node.Line, Join(path, name));
            if (definition.FindKey(name) is { } key)
            {
                ReadKey(key, node, origin, builder);
            }
            else if (definition.FindTable(name) is { } nested)
            {
                ReadTable(nested, node, origin, builder);
            }
            else if (definition.IsPrefix(name))
            {
                ReadEntries(Table(node, origin), definition, path, name + ".", builder);
            }
            else
            {
                string nearest = NearestName.To(name, definition.Names);
                throw new ConfigurationException($"{file}:{node.Line}: unknown key '{origin.Key}'; the nearest known key is '{Join(path, nearest)}'");
            }
        }
    }

    private void ReadTable(TableDefinition definition, TomlNode node, Origin origin, SettingsBuilder builder)
    {
        switch (definition.Kind)
        {
            case TableKind.Single:
                builder.AddTable("", definition.Name, Read(Table(node, origin), definition.Section, origin.Key));
                break;
            case TableKind.Named:
                foreach ((string name, TomlNode each) in Table(node, origin).Entries)
                {
                    Origin at = new(file, each.Line, Join(origin.Key, name));
                    builder.AddTable(definition.Target, name, Read(Table(each, at), definition.Section, at.Key));
                }

                break;
            default:
                if (node is not TomlList list || list.Items.Any(item => item is not TomlSection))
                {
                    throw new ConfigurationException($"{origin} must be an array of tables: write [[{origin.Key}]]");
                }

                builder.AddArray(definition, origin, [.. list.Items.Select(item => Read((TomlSection)item, definition.Section, origin.Key))]);
                break;
        }
    }

    private static void ReadKey(KeyDefinition key, TomlNode node, Origin origin, SettingsBuilder builder)
    {
        if (!key.Type.IsList)
        {
            builder.Add(key, Text(key.Type, node, origin), origin);
            return;
        }

        if (node is not TomlList list)
        {
            throw new ConfigurationException($"{origin} must be a list, of items that are each {key.Type.Allowed}");
        }

        builder.AddList(key, list.Items.Select(item => (Text(key.Type, item, origin), origin with { Line = item.Line })), origin);
    }

    private static string Text(SettingType type, TomlNode node, Origin origin) => (node as TomlScalar)?.Value switch
    {
        string text when !type.IsSwitch => text,
        bool truth when type.IsSwitch => truth ? "true" : "false",
        long number when type.TakesNumbers => number.ToString(CultureInfo.InvariantCulture),
        _ => throw new ConfigurationException($"{origin with { Line = node.Line }} must be {type.Allowed}{(type.IsSwitch || type.IsNumber ? "" : ", in quotes")}"),
    };

    private static TomlSection Table(TomlNode node, Origin origin) =>
        node as TomlSection ?? throw new ConfigurationException($"{origin} must be a table: write [{origin.Key}]");

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
