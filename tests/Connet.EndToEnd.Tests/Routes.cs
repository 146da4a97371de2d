using System.Globalization;
using Connet.EndToEnd.Tests.Services;

namespace Connet.EndToEnd.Tests;

/// <summary>A source and a destination for each route, named after it, in one source client and one destination client.</summary>
internal sealed class Routes
{
    public const string Direct = "direct";
    public const string Relay = "relay";
    public const string Any = "any";

    private readonly string? _scheme;
    private readonly string[] _names;
    private readonly Dictionary<string, int> _ports;

    public Routes(params string[] names)
        : this(null, names)
    {
    }

    private Routes(string? scheme, string[] names)
    {
        _scheme = scheme;
        _names = names;
        _ports = names.ToDictionary(name => name, _ => FreePorts.Next());
    }

    /// <summary>With urls of a scheme, as the newer dialect has them, and with endpoints whose names begin with it.</summary>
    public static Routes Of(string scheme, params string[] names) => new(scheme, names);

    /// <summary>The ends of the source client's configuration file.</summary>
    public string Sources => string.Join('\n', _names.Select(name => Endpoint("sources", name, _ports[name])));

    /// <summary>The ends of the destination client's file.</summary>
    public string Destinations(int servicePort) => string.Join('\n', _names.Select(name => Endpoint("destinations", name, servicePort)));

    public Tunnel Tunnel(string name) => new(_ports[name]);

    /// <summary>Where the source of a route is.</summary>
    public int Port(string name) => _ports[name];

    private string Endpoint(string table, string name, int port)
    {
        string address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        return $"""
            [client.{table}.{_scheme}{name}]
            {(_scheme is null ? $"addr = \"{address}\"" : $"url = \"{_scheme}://{address}\"")}
            route = "{name}"
            """;
    }
}
