namespace Connet.Client;

/// <summary>What sources send to a destination. A source asks for one or the other with each dial; a destination takes one of them.</summary>
public enum ConnetTraffic
{
    /// <summary>Byte streams: <see cref="ConnetConnection"/>.</summary>
    Connections = 0,

    /// <summary>Datagrams, as of UDP: <see cref="ConnetDatagramFlow"/>.</summary>
    Datagrams = 1,
}
