using Connet.Cli.Configuration;
using Connet.Client;
using Connet.Client.Endpoints;

namespace Connet.Cli.Services;

/// <summary>The settings of one source or destination, as options of the library.</summary>
internal sealed class EndpointSettings
{
    private const string Tcp = "tcp://";

    private static readonly string[] s_tlsSchemes = ["tls", "https", "wss"];

    private static readonly string[] s_tlsKeys = ["cert-file", "key-file", "cas-file"];

    private readonly SettingsSection _section;

    /// <summary>Reads what does not depend on anything else.</summary>
    /// <exception cref="ConfigurationException">There is no name or address, a file cannot be used, or keys do not go together.</exception>
    public EndpointSettings(ConnetRole role, string name, SettingsSection section, List<string> warnings)
    {
        (Role, Name, _section) = (role, name, section);
        if (name.Length == 0)
        {
            throw new ConfigurationException($"{section.Origin}: an endpoint needs a name");
        }

        (Url, ServedAt) = AddressesOf(section);
        CheckTls(warnings);
        if (Scheme == "udp" && section.Text("proxy-proto-version") is ("v1" or "v2"))
        {
            throw new ConfigurationException($"{section.OriginOf("proxy-proto-version")}: datagrams have no header of the PROXY protocol: leave it out, or use tcp");
        }

        if (section.Text("lb-policy") is null && section.Text("lb-retry") is not null)
        {
            warnings.Add($"{section.OriginOf("lb-retry")} does nothing without lb-policy");
        }
    }

    /// <summary>Whether it is a source or a destination.</summary>
    public ConnetRole Role { get; }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Its address.</summary>
    public string Url { get; }

    /// <summary>Where the folder of <c>file-server-root</c> is served to this machine too; null if nowhere.</summary>
    public string? ServedAt { get; }

    /// <summary>The folder of <c>file-server-root</c>; null if there is none.</summary>
    public string? Folder => _section.Text("file-server-root");

    /// <summary>Where <see cref="ServedAt"/> was written.</summary>
    public Origin AddressOrigin => _section.OriginOf(_section.Has("url") ? "url" : "file-server-root");

    /// <summary>Tells settings that differ apart.</summary>
    public string Fingerprint => string.Join('\n', _section.Values.OrderBy(each => each.Key, StringComparer.Ordinal).Select(each => $"{each.Key}={Show(each.Value.Value)}"));

    private string Scheme => Url[..Url.IndexOf(':', StringComparison.Ordinal)];

    /// <summary>All endpoints of a client.</summary>
    /// <exception cref="ConfigurationException">One of them cannot be used.</exception>
    public static List<EndpointSettings> AllOf(SettingsSection client, List<string> warnings) =>
    [
        .. client.Tables("destinations").Select(each => new EndpointSettings(ConnetRole.Destination, each.Key, each.Value, warnings)),
        .. client.Tables("sources").Select(each => new EndpointSettings(ConnetRole.Source, each.Key, each.Value, warnings)),
    ];

    /// <summary>Checks the address with what the client knows.</summary>
    /// <exception cref="ConfigurationException">Its scheme is not there, or does not accept it.</exception>
    public void CheckAddress(IEnumerable<IEndpointScheme> schemes)
    {
        IEndpointScheme[] all = [.. schemes];
        string? problem =
            !EndpointAddress.TryParse(Url, out EndpointAddress? address) ? $"'{Url}' is no address of an endpoint: spaces are written as %20"
            : Array.FindLast(all, each => each.Name == address.Scheme) is { } scheme ? scheme.Check(address, Role)
            : $"'{Url}' has the scheme {address.Scheme}, which this client does not know: use {string.Join(" or ", all.Select(each => each.Name).Distinct())}.";
        if (problem is not null)
        {
            throw new ConfigurationException($"{AddressOrigin}: {problem.TrimEnd('.')}");
        }
    }

    /// <summary>Sets the options of a source.</summary>
    public void Apply(ConnetSourceOptions options)
    {
        options.Name = Name;
        options.Address = Url;
        options.Route = Route();
        options.RelayEncryptions = [.. _section.List("relay-encryptions")];
        options.DialTimeout = _section.Duration("dial-timeout") ?? options.DialTimeout;
        options.Tls = Tls();
        options.LoadBalancing = _section.Text("lb-policy") switch
        {
            "least-latency" => ConnetLoadBalancing.LeastLatency,
            "least-conns" => ConnetLoadBalancing.LeastConnections,
            "round-robin" => ConnetLoadBalancing.RoundRobin,
            "random" => ConnetLoadBalancing.Random,
            _ => ConnetLoadBalancing.None,
        };
        options.Retry = _section.Text("lb-retry") switch
        {
            "count" => ConnetDialRetry.Count,
            "timed" => ConnetDialRetry.Timed,
            "all" => ConnetDialRetry.All,
            _ => ConnetDialRetry.None,
        };
        options.RetryMax = _section.Number("lb-retry-max") is > 0 and int most ? most : null;
    }

    /// <summary>Sets the options of a destination.</summary>
    public void Apply(ConnetDestinationOptions options)
    {
        options.Name = Name;
        options.Address = Url;
        options.Route = Route();
        options.RelayEncryptions = [.. _section.List("relay-encryptions")];
        options.DialTimeout = _section.Duration("dial-timeout") ?? options.DialTimeout;
        options.Tls = Tls();
        options.ProxyProtocol = _section.Text("proxy-proto-version") switch
        {
            "v1" => ConnetProxyProtocol.V1,
            "v2" => ConnetProxyProtocol.V2,
            _ => ConnetProxyProtocol.None,
        };
    }

    private static (string Url, string? ServedAt) AddressesOf(SettingsSection section)
    {
        string? url = section.Text("url");
        if (section.Text("file-server-root") is not { } folder)
        {
            return (url ?? throw new ConfigurationException(
                $"{section.Origin} needs an address: {(section.Origin.File is null ? $"{section.Origin.Key}url" : "addr or url")}"), null);
        }

        string root = Path.GetFullPath(folder);
        if (!Directory.Exists(root))
        {
            throw new ConfigurationException($"{section.OriginOf("file-server-root")}: there is no folder {folder}");
        }

        if (url is not null && !url.StartsWith(Tcp, StringComparison.Ordinal))
        {
            throw new ConfigurationException($"{section.OriginOf("url")}: file-server-root goes with addr, or with no address: leave one of the two out");
        }

        // An address is a URL: what it cannot hold is escaped in it.
        string path = string.Join('/', root.Split(Path.DirectorySeparatorChar).Select(Uri.EscapeDataString));
        return ($"file:{(path.StartsWith('/') ? "" : "/")}{path}", url?[Tcp.Length..]);
    }

    private static string Show(object value) => value is IReadOnlyList<string> list ? string.Join(',', list) : $"{value}";

    private ConnetRoute Route() => _section.Text("route") switch
    {
        "direct" => ConnetRoute.Direct,
        "relay" => ConnetRoute.Relay,
        _ => ConnetRoute.Any,
    };

    private EndpointTlsOptions Tls()
    {
        bool skips = _section.Text("cas-file") == ClientKeys.SkipVerification;
        return new EndpointTlsOptions
        {
            CertificateFile = _section.Text("cert-file"),
            KeyFile = _section.Text("key-file"),
            CaFile = skips ? null : _section.Text("cas-file"),
            SkipVerification = skips,
        };
    }

    private void CheckTls(List<string> warnings)
    {
        string[] given = [.. s_tlsKeys.Where(key => _section.Text(key) is not null)];
        if (!s_tlsSchemes.Contains(Scheme))
        {
            warnings.AddRange(given.Select(key => $"{_section.OriginOf(key)} does nothing with {Scheme}: it is for tls, https and wss"));
            return;
        }

        if (Role == ConnetRole.Source && _section.Text("cert-file") is null)
        {
            throw new ConfigurationException($"{_section.OriginOf("url")}: a source with {Scheme} needs cert-file, a certificate, and key-file, its key, in PEM");
        }

        PemFiles.CheckPair(_section);
        if (_section.Text("cas-file") != ClientKeys.SkipVerification)
        {
            PemFiles.Authorities(_section, "cas-file");
        }
        else if (Role == ConnetRole.Source)
        {
            throw new ConfigurationException($"{_section.OriginOf("cas-file")}: {ClientKeys.SkipVerification} is for destinations: a source without cas-file asks for no certificate");
        }
    }
}
