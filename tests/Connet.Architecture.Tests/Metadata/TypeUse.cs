namespace Connet.Architecture.Tests.Metadata;

/// <summary>One mention of a type in a compiled type.</summary>
/// <param name="From">Full name of the outermost type that holds the mention.</param>
/// <param name="To">Full name of the type mentioned; nested types with '+'.</param>
/// <param name="Member">The member of <paramref name="To"/> that is used, or null.</param>
/// <param name="Place">What kind of mention it is.</param>
/// <param name="Where">The member of <paramref name="From"/> in which it stands.</param>
internal readonly record struct TypeUse(string From, string To, string? Member, UsePlace Place, string Where)
{
    public override string ToString() => $"{From} → {To}{(Member is null ? "" : "." + Member)} ({Place} of {Where})";
}
