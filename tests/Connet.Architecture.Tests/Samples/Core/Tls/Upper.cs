namespace Connet.Architecture.Tests.Samples.Core.Tls;

/// <summary>Stands for a type of an upper layer, which the samples of Core.Wire must not mention.</summary>
internal class Upper : Exception
{
    public static int Count => Environment.ProcessorCount;
}
