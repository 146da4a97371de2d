using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Connet.Control;

/// <summary>Fills in what the container has and the application did not set, and checks the result.</summary>
internal sealed class ControlServerOptionsSetup(IServiceProvider services) : IPostConfigureOptions<ControlServerOptions>, IValidateOptions<ControlServerOptions>
{
    public void PostConfigure(string? name, ControlServerOptions options)
    {
        options.LoggerFactory ??= Get<ILoggerFactory>();
        options.TimeProvider ??= Get<TimeProvider>();
        options.Store ??= Get<IControlStore>();
    }

    public ValidateOptionsResult Validate(string? name, ControlServerOptions options)
    {
        string[] problems = [.. options.Validate()];
        return problems.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private T? Get<T>()
        where T : class =>
        (T?)services.GetService(typeof(T));
}
