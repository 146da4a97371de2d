namespace Connet.Cli;

/// <summary>The one line that ends the command with exit code 1.</summary>
internal sealed class CommandFailure(string message) : Exception(message);
