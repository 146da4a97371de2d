namespace Connet.Cli.Configuration;

/// <summary>One key of one section: how it is written, what it takes and what it sets.</summary>
/// <param name="Name">The key; with a dot for a key of a sub-table (<c>ip-restriction.allow-cidrs</c>).</param>
/// <param name="Type">What it takes.</param>
internal sealed record KeyDefinition(string Name, SettingType Type)
{
    /// <summary>The dialects that have the key.</summary>
    public Spelling Spelling { get; init; } = Spelling.Both;

    /// <summary>What it sets; none given: the value of its own name.</summary>
    public IReadOnlyList<KeyTarget> Targets { get; init; } = [new(null, Name)];

    /// <summary>The flag without its dashes; null if there is none.</summary>
    public string? Flag { get; init; }

    /// <summary>The flag takes lists separated by commas, beside repeats.</summary>
    public bool FlagTakesCommas { get; init; }

    /// <summary>What the key means, in a few words: the help line of its flag, and its comment in generated files.</summary>
    public string Help { get; init; } = "";

    /// <summary>What holds if the key is not set, as it would be written in a file; null if nothing does.</summary>
    public string? Default { get; init; }

    /// <summary>A value for generated files where there is no default, as it would be written in a file; null for one of the type.</summary>
    public string? Example { get; init; }

    /// <summary>Whether this version acts on it.</summary>
    public Availability Availability { get; init; }

    /// <summary>A change holds from the next start on: a reload only says so.</summary>
    public bool NeedsRestart { get; init; }

    /// <summary>Values beside those of the type, which ask for nothing.</summary>
    public IReadOnlyList<string> Off { get; init; } = [];

    /// <summary>From the value as written to the value of the target.</summary>
    public Func<object, object>? Convert { get; init; }

    /// <summary>Keys of one group replace each other when files are merged (a token and its file).</summary>
    public string? Group { get; init; }

    /// <summary>A flag of the same name as the key.</summary>
    public KeyDefinition WithFlag(string help, string? name = null) => this with { Flag = name ?? Name, Help = help };

    /// <summary>What the key means, and what holds without it, as a file would have it.</summary>
    public KeyDefinition Means(string help, string? without = null) => this with { Help = help, Default = without };

    /// <summary>What holds without the key, as a file would have it.</summary>
    public KeyDefinition Without(string value) => this with { Default = value };

    /// <summary>A key whose changes hold from the next start on.</summary>
    public KeyDefinition Fixed() => this with { NeedsRestart = true };

    /// <summary>An older key that sets what a newer one does.</summary>
    public KeyDefinition OlderFor(params KeyTarget[] targets) => this with { Spelling = Spelling.Older, Targets = targets };
}
