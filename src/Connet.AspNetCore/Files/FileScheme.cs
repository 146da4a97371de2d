using Connet.AspNetCore.Hosts;
using Connet.Client;
using Connet.Client.Endpoints;

namespace Connet.AspNetCore.Files;

/// <summary>The scheme <c>file</c>: a folder over HTTP.</summary>
internal sealed class FileScheme : IEndpointScheme
{
    public string Name => "file";

    public bool CarriesBytes => false;

    public string? Check(EndpointAddress address, ConnetRole role) =>
        role == ConnetRole.Source ? $"'{address}' is a folder to serve, which only a destination does: use http://host:port for the source."
        : address.Authority.Length > 0 ? $"'{address}' names a host: write file:/folder, or file:./folder for one below the current folder."
        : address.Path.Length == 0 || address.Path.Contains('\0', StringComparison.Ordinal) ? $"'{address}' names no folder: write file:/folder, or file:./folder for one below the current folder."
        : null;

    public ValueTask<IEndpointListener> StartSourceAsync(
        ConnetSource source, EndpointAddress address, EndpointContext context, CancellationToken cancellationToken) =>
        throw new ConnetEndpointException(Check(address, ConnetRole.Source)!);

    public IAsyncDisposable StartDestination(ConnetDestination destination, EndpointAddress address, EndpointContext context) =>
        EndpointHost.Serve(destination, Setup(destination.Name, FolderOf(address), context), context);

    /// <summary>What serves a folder.</summary>
    /// <exception cref="ConnetEndpointException">There is no such folder.</exception>
    internal static EndpointHostSetup Setup(string name, string path, EndpointContext context)
    {
        if (!Directory.Exists(path))
        {
            throw new ConnetEndpointException(
                File.Exists(path) ? $"Cannot serve {path}: it is a file, name the folder that it is in." : $"Cannot serve the folder {path}: there is none, or it may not be read.");
        }

        try
        {
            FolderHandler handler = new(name, path, new ServedFolder(path), context.Logger);
            return new EndpointHostSetup { Pipeline = handler.Use };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConnetEndpointException($"Cannot serve the folder {path}: {exception.Message.TrimEnd('.')}.", exception);
        }
    }

    /// <summary>An address is a URL: what it cannot hold, as spaces, is escaped in it.</summary>
    internal static string FolderOf(EndpointAddress address)
    {
        string path = Uri.UnescapeDataString(address.Path);

        // file:/C:/folder
        return OperatingSystem.IsWindows() && path is ['/', _, ':', ..] ? path[1..] : path;
    }
}
