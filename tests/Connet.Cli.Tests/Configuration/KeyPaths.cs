using Connet.Cli.Configuration;

namespace Connet.Cli.Tests.Configuration;

/// <summary>Names every key of files: <c>*</c> is a name that users choose, <c>[]</c> an item of an array.</summary>
internal static class KeyPaths
{
    public static IEnumerable<string> Of(SectionDefinition section, string prefix = "") =>
        section.Keys.Where(key => key.Spelling != Spelling.FlagOnly).Select(key => prefix + key.Name)
            .Concat(section.Tables.SelectMany(table => Of(
                table.Section,
                prefix + table.Name + table.Kind switch { TableKind.Named => ".*.", TableKind.Array => "[].", _ => "." })));
}
