namespace Connet.Architecture.Tests.Samples.Core.Wire;

internal static class MentionInLocal
{
    public static bool Run(object value)
    {
        Tls.Upper? local = value as Tls.Upper;
        for (int i = 0; i < 2 && local is null; i++)
        {
            local = value as Tls.Upper;
        }

        return local is not null;
    }
}
