using Connet.Cli.Configuration;
using Connet.Control;
using Connet.Control.Sqlite;

namespace Connet.Cli.Services;

/// <summary>Options of a control server from settings; the combined server has them too.</summary>
internal static class ControlSettings
{
    private const string StoreFile = "control.db";

    /// <summary>The ingresses of one side; one with the defaults if the settings have none.</summary>
    /// <exception cref="ConfigurationException">A certificate cannot be used.</exception>
    public static List<ControlIngressOptions> Ingresses(SettingsSection section, string name, string array, string defaultAddress)
    {
        IReadOnlyList<SettingsSection> items = section.Items(array);
        string place = SecretText.Place(section, name);
        return
        [
            .. (items.Count > 0 ? items : [new SettingsSection(section.Origin)]).Select(item => new ControlIngressOptions
            {
                Address = item.Text("addr") ?? defaultAddress,
                Certificate = PemFiles.ServerCertificate(item, place),
                AllowCidrs = [.. item.List("allow-cidrs")],
                DenyCidrs = [.. item.List("deny-cidrs")],
            }),
        ];
    }

    /// <summary>The restrictions of a list of tokens.</summary>
    /// <exception cref="ConfigurationException">There are some, but not one for each token.</exception>
    public static List<TokenRestrictionOptions> Restrictions(SettingsSection section, string array, int tokens)
    {
        IReadOnlyList<SettingsSection> items = section.Items(array);
        if (items.Count > 0 && items.Count != tokens)
        {
            throw new ConfigurationException($"{items[0].Origin}: there are {items.Count} of these for {tokens} tokens: give one for each token, in order, or none");
        }

        return
        [
            .. items.Select(item => new TokenRestrictionOptions
            {
                AllowCidrs = [.. item.List("allow-cidrs")],
                DenyCidrs = [.. item.List("deny-cidrs")],
                NameMatches = item.Text("name-matches") ?? "",
                RoleMatches = [.. item.List("role-matches")],
            }),
        ];
    }

    /// <summary>Puts what the flags say of all tokens in place of what the restrictions say.</summary>
    /// <param name="section">The section with the flags' values.</param>
    /// <param name="restrictions">One for each token, or none.</param>
    /// <param name="tokens">How many tokens there are.</param>
    public static List<TokenRestrictionOptions> ForAllTokens(SettingsSection section, List<TokenRestrictionOptions> restrictions, int tokens)
    {
        IReadOnlyList<string> allow = section.List(ServerKeys.TokensAllow);
        IReadOnlyList<string> deny = section.List(ServerKeys.TokensDeny);
        if (allow.Count + deny.Count == 0)
        {
            return restrictions;
        }

        List<TokenRestrictionOptions> all = restrictions.Count > 0 ? restrictions : [.. Enumerable.Range(0, tokens).Select(_ => new TokenRestrictionOptions())];
        foreach (TokenRestrictionOptions each in all)
        {
            each.AllowCidrs = allow.Count > 0 ? [.. allow] : each.AllowCidrs;
            each.DenyCidrs = deny.Count > 0 ? [.. deny] : each.DenyCidrs;
        }

        return all;
    }

    /// <summary>Warns of tokens that are listed twice, where no server runs that would.</summary>
    public static void WarnOfDuplicates(ServiceContext context, SettingsSection section, params IEnumerable<string> keys)
    {
        foreach (string key in context.IsCheck ? keys : [])
        {
            IReadOnlyList<string> tokens = SecretText.Tokens(section, key);
            if (tokens.Count - tokens.Distinct().Count() is > 0 and int twice)
            {
                Origin origin = section.OriginOf(section.Has(key + "-file") ? key + "-file" : key);
                context.Warnings.Add($"{origin}: {Counted.Of(twice, "duplicate")} in the list: the last one's restriction holds");
            }
        }
    }

    /// <summary>The tokens of clients; there must be one.</summary>
    /// <exception cref="ConfigurationException">There is none.</exception>
    public static IReadOnlyList<string> ClientTokens(SettingsSection section, string name, string key)
    {
        IReadOnlyList<string> tokens = SecretText.Tokens(section, key);
        return tokens.Count > 0
            ? tokens
            : throw new ConfigurationException($"{SecretText.Place(section, name)} needs tokens: give {key} or {key}-file there, or --{key} or --{key}-file");
    }

    /// <summary>How long endpoints outlive their client's connection; zero switches it off.</summary>
    public static TimeSpan EndpointExpiry(SettingsSection section, TimeSpan fallback) =>
        section.Switch("endpoint-expiry-disable") == true ? TimeSpan.Zero : section.Duration("endpoint-expiry-timeout") ?? fallback;

    /// <summary>Opens the durable store in the state folder.</summary>
    public static async ValueTask<IControlStore> OpenStoreAsync(string? folder, CancellationToken cancellationToken) =>
        await SqliteControlStore.OpenAsync(Path.Combine(folder ?? "", StoreFile), cancellationToken);
}
