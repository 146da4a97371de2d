namespace Connet.Architecture.Tests.Samples.Banned;

internal sealed class BannedGenericArgument
{
    public List<Action<TimeProvider>> Field = [];
}
