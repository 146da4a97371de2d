namespace Connet.Architecture.Tests.Metadata;

/// <summary>Where in a compiled type another type is mentioned.</summary>
internal enum UsePlace
{
    /// <summary>Base type, interface or generic constraint.</summary>
    Declaration,
    Attribute,
    Field,

    /// <summary>Parameters, return value, properties and events.</summary>
    Signature,
    Local,
    Body,

    /// <summary>In the source, perhaps without a trace in the compiled code.</summary>
    Source,
}
