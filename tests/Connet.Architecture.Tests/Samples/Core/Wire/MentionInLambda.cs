namespace Connet.Architecture.Tests.Samples.Core.Wire;

internal static class MentionInLambda
{
    public static Func<int> Run(int value) => () => value + Tls.Upper.Count;
}
