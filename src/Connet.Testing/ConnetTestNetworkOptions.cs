using Connet.Client;
using Connet.Control;
using Connet.Relay;
using Microsoft.Extensions.Logging;

namespace Connet.Testing;

/// <summary>How a <see cref="ConnetTestNetwork"/> is set up.</summary>
public sealed class ConnetTestNetworkOptions
{
    /// <summary>How many relays there are at the start, named <c>relay1</c>, <c>relay2</c>, …</summary>
    /// <value>1 by default; 0 is possible.</value>
    public int Relays { get; set; } = 1;

    /// <summary>Changes the options of the control server, each time that it starts.</summary>
    /// <value>Null by default.</value>
    public Action<ControlServerOptions>? ConfigureControl { get; set; }

    /// <summary>Changes the options of every relay, each time that it starts.</summary>
    /// <value>Null by default.</value>
    public Action<RelayServerOptions>? ConfigureRelay { get; set; }

    /// <summary>Changes the options of every client, each time that it starts; before what <see cref="ConnetTestNetwork.AddClientAsync"/> is given.</summary>
    /// <value>Null by default.</value>
    public Action<ConnetClientOptions>? ConfigureClient { get; set; }

    /// <summary>Where everybody logs to.</summary>
    /// <value>Null, nowhere, by default.</value>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>Decides which datagrams <see cref="ConnetTestNetwork.Drop"/> loses.</summary>
    /// <value>1 by default.</value>
    public int Seed { get; set; } = 1;
}
