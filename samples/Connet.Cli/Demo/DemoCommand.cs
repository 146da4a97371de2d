using System.CommandLine;

namespace Connet.Cli.Demo;

/// <summary><c>connet demo</c>.</summary>
internal static class DemoCommand
{
    /// <summary>The definition of the command.</summary>
    public static Command Create()
    {
        Option<bool> once = new("--once") { Description = "end after the page was fetched" };
        Option<ushort> port = new("--port") { HelpName = "port", Description = "the port of the address to open (default: a free one)" };
        Option<bool> verbose = new("--verbose") { Description = "show what control server, relay and client log" };
        Command command = new("demo", "control server, relay, a web page as destination and a source, all in this process") { once, port, verbose };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await DemoRunner.RunAsync(parsed.GetValue(port), parsed.GetValue(once), parsed.GetValue(verbose), cancellationToken);
            return 0;
        });
        return command;
    }
}
