namespace Connet.Architecture.Tests.Samples.Core.Wire;

[Tls.Upper]
internal sealed class MentionInAttribute;
