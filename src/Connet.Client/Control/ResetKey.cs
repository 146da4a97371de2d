using Connet.Client.Diagnostics;
using Connet.Protocol.State;
using Microsoft.Extensions.Logging;

namespace Connet.Client.Control;

/// <summary>The key of stateless resets: with the same one after a restart, peers learn at once that their connections are gone.</summary>
internal static class ResetKey
{
    /// <summary>The configured key, else the one in the state folder, else none: the socket makes one that ends with the process.</summary>
    public static ReadOnlyMemory<byte>? Of(ConnetClientOptions options, ILogger logger)
    {
        if (options.StatelessResetKey is not null || options.StateDirectory is not { } folder)
        {
            return options.StatelessResetKey;
        }

        string path = Path.Combine(folder, ResetKeyFile.NameFor(options.DirectAddress));
        try
        {
            return ResetKeyFile.ReadOrCreate(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            ControlLog.ResetKeyNotKept(logger, path, exception.Message);
            return null;
        }
    }
}
