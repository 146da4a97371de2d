using Microsoft.Extensions.DependencyInjection;

namespace Connet.Control.Sqlite;

/// <summary>Registers the durable store in a container.</summary>
public static class SqliteServiceCollectionExtensions
{
    /// <summary>
    /// Adds a <see cref="SqliteControlStore"/> as the <see cref="IControlStore"/> that
    /// <see cref="ControlServiceCollectionExtensions.AddConnetControlServer"/> takes where its options name none. The file is opened
    /// when the host starts, and closed with the container.
    /// </summary>
    /// <param name="services">The container.</param>
    /// <param name="path">The file.</param>
    /// <returns>The container.</returns>
    public static IServiceCollection AddConnetControlSqliteStore(this IServiceCollection services, string path)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return services.AddSingleton<IControlStore>(_ => SqliteControlStore.Open(Path.GetFullPath(path)));
    }
}
