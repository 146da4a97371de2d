using System.Security.Cryptography;
using System.Text;
using Connet.Cli.Configuration;

namespace Connet.Cli.Generation;

/// <summary>Writes configuration files of the newer dialect from the key table: every key with its meaning, those that are needed with a value.</summary>
internal sealed class ConfigurationText
{
    private const int Width = 118;
    private const int TokenBytes = 16;
    private const int ResetKeyBytes = 32;

    /// <summary>Keys that stand in the file with a value, by their path; the others are comments.</summary>
    private static readonly Dictionary<string, Func<string>> s_values = new()
    {
        ["client.token"] = () => Quote("a-token-that-the-server-knows"),
        ["client.server-addr"] = () => Quote("127.0.0.1:19190"),
        ["client.destinations.example.url"] = () => ClientKeys.Destination.FindKey("url")!.Type.Example,
        ["client.sources.example.url"] = () => ClientKeys.Source.FindKey("url")!.Type.Example,
        ["server.tokens"] = () => $"[{NewToken()}]",
        ["server.ingress.cert-file"] = () => Quote("cert.pem"),
        ["server.ingress.key-file"] = () => Quote("key.pem"),
        ["control.clients-tokens"] = () => $"[{NewToken()}]",
        ["control.relays-tokens"] = () => $"[{NewToken()}]",
        ["control.clients-ingress.cert-file"] = () => Quote("cert.pem"),
        ["control.clients-ingress.key-file"] = () => Quote("key.pem"),
        ["control.relays-ingress.cert-file"] = () => Quote("cert.pem"),
        ["control.relays-ingress.key-file"] = () => Quote("key.pem"),
        ["relay.token"] = () => Quote("a-relay-token-that-the-control-server-knows"),
    };

    private readonly StringBuilder _text = new();

    private ConfigurationText()
    {
    }

    /// <summary>The sections of which there are files.</summary>
    public static IEnumerable<string> Sections => KeyTable.Root.Tables.Select(table => table.Name);

    /// <summary>The file of a section.</summary>
    public static string For(string section)
    {
        TableDefinition table = KeyTable.Root.FindTable(section)!;
        ConfigurationText file = new();
        file.Comment($"{table.Help}. Check this file with: connet check FILE");
        file._text.AppendLine();
        file.Keys(KeyTable.Root, "");
        file.Table(table, table.Name);
        return file._text.ToString().ReplaceLineEndings("\n");
    }

    private static string Quote(string text) => $"\"{text}\"";

    /// <summary>A key that everybody knows would do harm to whoever takes the comment mark away.</summary>
    private static string ExampleOf(KeyDefinition key) =>
        key.Type == SettingTypes.ResetKey ? Quote(Base32HexText.Encode(RandomNumberGenerator.GetBytes(ResetKeyBytes))) : key.Example ?? key.Type.Example;

    private static string NewToken() => Quote(RandomNumberGenerator.GetHexString(2 * TokenBytes, lowercase: true));

    private void Table(TableDefinition table, string path)
    {
        string header = table.Kind switch
        {
            TableKind.Array => $"[[{path}]]",
            TableKind.Named => $"[{path}.example]",
            _ => $"[{path}]",
        };
        if (table.Kind != TableKind.Single)
        {
            Comment(table.Help);
        }

        // What nothing has to stand in is a comment as a whole: a header alone may mean something.
        bool isNeeded = table.Kind != TableKind.Array || s_values.Keys.Any(key => key.StartsWith(path + ".", StringComparison.Ordinal));
        _text.AppendLine(isNeeded ? header : "#" + header).AppendLine();
        string inside = table.Kind == TableKind.Named ? path + ".example" : path;
        Keys(table.Section, inside);
        foreach (TableDefinition nested in table.Section.Tables.Where(each => each.Spelling.HasFlag(Spelling.Newer)))
        {
            Table(nested, $"{inside}.{nested.Name}");
        }
    }

    private void Keys(SectionDefinition section, string path)
    {
        foreach (KeyDefinition key in section.Keys.Where(each => each.Spelling.HasFlag(Spelling.Newer)))
        {
            string full = path.Length == 0 ? key.Name : $"{path}.{key.Name}";
            Comment(key.Default is null ? $"{key.Help}." : $"{key.Help}. Default: {key.Default}");
            string line = s_values.TryGetValue(full, out Func<string>? value)
                ? $"{key.Name} = {value()}"
                : $"#{key.Name} = {(key.Default is null or "\"\"" or "[]" ? ExampleOf(key) : key.Default)}";
            _text.AppendLine(line).AppendLine();
        }
    }

    private void Comment(string text)
    {
        StringBuilder line = new("#");
        foreach (string word in text.Split(' '))
        {
            if (line.Length + 1 + word.Length > Width)
            {
                _text.Append(line).AppendLine();
                line.Clear().Append('#');
            }

            line.Append(' ').Append(word);
        }

        _text.Append(line).AppendLine();
    }
}
