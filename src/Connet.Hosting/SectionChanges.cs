using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Connet.Hosting;

/// <summary>Tells when the section that options are bound to has changed.</summary>
internal sealed class SectionChanges<TOptions>(IConfiguration section) : IOptionsChangeTokenSource<TOptions>
{
    /// <inheritdoc/>
    public string Name => Options.DefaultName;

    /// <inheritdoc/>
    public IChangeToken GetChangeToken() => section.GetReloadToken();
}
