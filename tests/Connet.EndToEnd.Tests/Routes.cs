using System.Globalization;
using Connet.EndToEnd.Tests.Processes;
using Connet.EndToEnd.Tests.Services;

namespace Connet.EndToEnd.Tests;

/// <summary>A source and a destination for each route, named after it, in one source client and one destination client.</summary>
internal sealed class Routes
{
    public const string Direct = "direct";
    public const string Relay = "relay";
    public const string Any = "any";

    private readonly string[] _names;
    private readonly Dictionary<string, int> _ports;

    public Routes(params string[] names)
    {
        _names = names;
        _ports = names.ToDictionary(name => name, _ => FreePorts.Next());
    }

    /// <summary>The ends of the source client's configuration file.</summary>
    public string Sources => string.Join('\n', _names.Select(name => Endpoint("sources", name, _ports[name])));

    /// <summary>The ends of the destination client's file.</summary>
    public string Destinations(int servicePort) => string.Join('\n', _names.Select(name => Endpoint("destinations", name, servicePort)));

    public Tunnel Tunnel(string name) => new(_ports[name]);

    private static string Endpoint(string table, string name, int port) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            [client.{table}.{name}]
            addr = "127.0.0.1:{port}"
            route = "{name}"
            """);
}
