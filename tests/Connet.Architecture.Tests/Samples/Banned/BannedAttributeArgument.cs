using System.ComponentModel;

namespace Connet.Architecture.Tests.Samples.Banned;

[TypeConverter(typeof(Timer))]
internal sealed class BannedAttributeArgument;
