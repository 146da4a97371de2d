namespace Connet.Architecture.Tests.Samples.Core.Wire;

internal sealed class MentionInField
{
    public Tls.Upper[] Field = [];
}
