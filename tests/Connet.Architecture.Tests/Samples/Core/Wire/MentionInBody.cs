namespace Connet.Architecture.Tests.Samples.Core.Wire;

internal static class MentionInBody
{
    /// <summary>The jump table makes the scan step over a switch instruction first.</summary>
    public static int Run(int value) => value switch
    {
        0 => 10,
        1 => 21,
        2 => 32,
        3 => 5,
        _ => Tls.Upper.Count,
    };
}
