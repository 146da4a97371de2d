namespace Connet.Architecture.Tests.Samples.Banned;

internal interface BannedSignature
{
    Task Run();
}
