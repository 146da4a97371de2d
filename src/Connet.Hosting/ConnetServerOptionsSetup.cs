using Connet.Control;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Connet.Hosting;

/// <summary>Fills in what the container has and the application did not set, and checks the result.</summary>
internal sealed class ConnetServerOptionsSetup(IServiceProvider services) : IPostConfigureOptions<ConnetServerOptions>, IValidateOptions<ConnetServerOptions>
{
    public void PostConfigure(string? name, ConnetServerOptions options)
    {
        options.LoggerFactory ??= Get<ILoggerFactory>();
        options.TimeProvider ??= Get<TimeProvider>();
        if (options.OpenStore is null)
        {
            options.Store ??= Get<IControlStore>();
        }
    }

    public ValidateOptionsResult Validate(string? name, ConnetServerOptions options)
    {
        string[] problems = [.. options.Validate()];
        return problems.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private T? Get<T>()
        where T : class =>
        (T?)services.GetService(typeof(T));
}
