using Microsoft.Extensions.Options;

namespace Connet.Relay;

/// <summary>Lets a host check the options before it starts anything.</summary>
internal sealed class RelayServerOptionsValidator : IValidateOptions<RelayServerOptions>
{
    public ValidateOptionsResult Validate(string? name, RelayServerOptions options)
    {
        string[] failures = [.. options.Failures()];
        return failures.Length > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }
}
