namespace Connet.Architecture.Tests.Samples.Core.Wire;

internal sealed class MentionInConstraint<T>
    where T : Tls.Upper;
