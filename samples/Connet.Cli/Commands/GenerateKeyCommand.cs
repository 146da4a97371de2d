using System.CommandLine;
using System.Security.Cryptography;
using Connet.Cli.Configuration;
using Connet.Cli.Generation;

namespace Connet.Cli.Commands;

/// <summary><c>connet gen-key</c>: a key for stateless resets.</summary>
internal static class GenerateKeyCommand
{
    private const int KeyLength = 32;

    /// <summary>The definition of the command.</summary>
    public static Command Create()
    {
        Option<string> file = new("--out")
        {
            HelpName = "file",
            Description = "write the 32 bytes to this file, for direct-stateless-reset-key-file, instead of printing them for direct-stateless-reset-key",
        };
        Option<bool> force = new("--force") { Description = "replace the file if it is there already" };
        Command command = new("gen-key", "makes a client's key for stateless resets, by which its peers notice a restart at once") { file, force };
        command.SetAction(parsed =>
        {
            byte[] key = RandomNumberGenerator.GetBytes(KeyLength);
            if (parsed.GetValue(file) is { Length: > 0 } path)
            {
                NewFile.Write(path, key, isSecret: true, parsed.GetValue(force));
            }
            else
            {
                parsed.InvocationConfiguration.Output.WriteLine(Base32HexText.Encode(key));
            }
        });
        return command;
    }
}
