namespace Connet.Architecture.Tests.Samples.Core.Tls;

[AttributeUsage(AttributeTargets.Class)]
internal sealed class UpperAttribute : Attribute;
