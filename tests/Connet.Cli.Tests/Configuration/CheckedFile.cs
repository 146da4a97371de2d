using Connet.Cli.Commands;

namespace Connet.Cli.Tests.Configuration;

/// <summary>Runs <c>connet check</c> in this process, from the command line to the exit code.</summary>
internal static class CheckedFile
{
    /// <summary>Expects exit code 1, one line on stderr, and nothing on stdout.</summary>
    public static async Task ExpectErrorAsync(string line, params string[] files)
    {
        (int code, string output, string error) = await RunAsync(["check", .. files]);
        Assert.That(error, Is.EqualTo(line + Environment.NewLine));
        Assert.That(output, Is.Empty);
        Assert.That(code, Is.EqualTo(1));
    }

    /// <summary>Expects exit code 0, one line on stdout, and the given warnings on stderr.</summary>
    public static async Task ExpectGoodAsync(string[] files, string line, params string[] warnings)
    {
        (int code, string output, string error) = await RunAsync(["check", .. files]);
        Assert.That(error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries), Is.EqualTo(warnings.Select(each => "connet: warning: " + each)));
        Assert.That(output, Is.EqualTo(line + Environment.NewLine));
        Assert.That(code, Is.Zero);
    }

    /// <summary>Runs a command line.</summary>
    public static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await ConnetCommand.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
