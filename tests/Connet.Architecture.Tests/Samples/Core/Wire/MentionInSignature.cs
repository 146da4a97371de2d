namespace Connet.Architecture.Tests.Samples.Core.Wire;

internal interface MentionInSignature
{
    void Take(ref Tls.Upper value);
}
