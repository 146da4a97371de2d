namespace Connet.Architecture.Tests.Samples.Core.Wire;

internal static class MentionInCatch
{
    public static void Run(Action action)
    {
        try
        {
            action();
        }
        catch (Tls.Upper)
        {
        }
    }
}
