using System.Net.Sockets;
using System.Text;
using Connet.Cli.Configuration;
using Microsoft.Extensions.Options;

namespace Connet.Cli;

/// <summary>Turns whatever ended a command into one line.</summary>
internal static class ErrorLine
{
    /// <summary>The line, without line breaks.</summary>
    public static string For(Exception exception) => $"connet: {Reason(exception)}";

    /// <summary>The line without the command's name.</summary>
    public static string Reason(Exception exception) => Describe(exception).ReplaceLineEndings(" ").Trim();

    private static string Describe(Exception exception) => exception switch
    {
        OptionsValidationException invalid => string.Join(" ", invalid.Failures),
        AggregateException { InnerExceptions.Count: 1 } one => Describe(one.InnerException!),
        AggregateException several => Describe(several.InnerExceptions[0]),
        ConfigurationException or CommandFailure or IOException or SocketException or UnauthorizedAccessException => exception.Message,
        _ => new StringBuilder("unexpected failure, which is a bug: ").Append(exception.GetType().Name).Append(": ").Append(exception.Message).ToString(),
    };
}
