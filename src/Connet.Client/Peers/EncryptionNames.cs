using Connet.Protocol.Common;
using Connet.Protocol.Encryption;

namespace Connet.Client.Peers;

/// <summary>The schemes of relay encryption as options name them.</summary>
internal static class EncryptionNames
{
    /// <summary>The schemes of a list; the default for an empty one.</summary>
    /// <exception cref="ArgumentException">A name is unknown. Options are validated before.</exception>
    public static IReadOnlyList<RelayEncryption> Parse(IList<string> names) =>
        names.Count == 0 ? RelayEncryptionPolicy.Default : RelayEncryptionPolicy.Normalize([.. names.Select(Parse)]);

    private static RelayEncryption Parse(string name) => name switch
    {
        "none" => RelayEncryption.None,
        "tls" => RelayEncryption.Tls,
        "dhxcp" => RelayEncryption.Dhxcp,
        _ => throw new ArgumentException($"'{name}' is no relay encryption: write none, dhxcp or tls.", nameof(name)),
    };
}
