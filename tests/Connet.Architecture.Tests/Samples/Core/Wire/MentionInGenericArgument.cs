namespace Connet.Architecture.Tests.Samples.Core.Wire;

internal sealed class MentionInGenericArgument
{
    public Dictionary<int, List<Tls.Upper>> Field = [];
}
