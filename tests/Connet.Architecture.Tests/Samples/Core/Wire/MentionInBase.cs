namespace Connet.Architecture.Tests.Samples.Core.Wire;

internal sealed class MentionInBase : Tls.Upper;
