namespace Connet.Cli.Configuration;

/// <summary>What a key takes. Flags and files are read by the same rules.</summary>
/// <param name="Allowed">What is allowed, to go after "must be".</param>
/// <param name="Read">Reads one text.</param>
internal sealed record SettingType(string Allowed, Func<string, SettingReading> Read)
{
    /// <summary>Takes a list of such texts.</summary>
    public bool IsList { get; init; }

    /// <summary>Takes true or false; as a flag it needs no argument.</summary>
    public bool IsSwitch { get; init; }

    /// <summary>Numbers are read as their text.</summary>
    public bool TakesNumbers { get; init; }

    /// <summary>Takes nothing but numbers.</summary>
    public bool IsNumber { get; init; }

    /// <summary>Its values are shown to nobody.</summary>
    public bool IsSecret { get; init; }

    /// <summary>A value of the type as a file has it.</summary>
    public string Example { get; init; } = "\"\"";

    /// <summary>A list of values of this type.</summary>
    public SettingType List() => this with { IsList = true, Example = $"[{Example}]" };
}
