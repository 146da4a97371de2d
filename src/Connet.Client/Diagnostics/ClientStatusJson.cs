using System.Text.Json;
using Connet.Protocol;

namespace Connet.Client.Diagnostics;

/// <summary>The status of a client as JSON: what <c>docs/status.md</c> says of the kind <c>client</c>.</summary>
internal static class ClientStatusJson
{
    /// <summary>What a client is among those that have a status.</summary>
    public const string Kind = "client";

    private const string NotEncrypted = "not end-to-end encrypted";

    /// <summary>Writes the object.</summary>
    public static void Write(Utf8JsonWriter writer, ConnetClientStatus status)
    {
        StatusJson.Begin(writer, Kind, Text(status.State));
        writer.WriteString("metadata", status.Metadata);
        writer.WriteString("server-address", status.ServerAddress);
        StatusJson.WriteAddress(writer, "server-endpoint", status.ServerEndPoint);
        StatusJson.WriteMilliseconds(writer, "server-rtt-ms", status.RoundTripTime);
        StatusJson.WriteAddress(writer, "direct-address", status.LocalEndPoint);
        StatusJson.WriteAddresses(writer, "local-addresses", status.LocalAddresses);
        StatusJson.WriteAddresses(writer, "stun-addresses", status.PublicEndPoint is { } seen ? [seen] : []);

        // Nobody asks the gateway for a mapping.
        StatusJson.WriteAddresses(writer, "natpmp-addresses", []);
        StatusJson.WriteAddresses(writer, "announced-addresses", status.DirectAddresses);
        StatusJson.WriteTransport(writer, status.Transport?.Socket, status.Transport?.Crypto);
        WriteEndpoints(writer, "destinations", status.Endpoints.Where(endpoint => endpoint.Role == ConnetRole.Destination));
        WriteEndpoints(writer, "sources", status.Endpoints.Where(endpoint => endpoint.Role == ConnetRole.Source));
        writer.WriteEndObject();
    }

    private static void WriteEndpoints(Utf8JsonWriter writer, string name, IEnumerable<ConnetEndpointStatus> endpoints)
    {
        writer.WriteStartObject(name);
        foreach (ConnetEndpointStatus endpoint in endpoints.OrderBy(each => each.Name, StringComparer.Ordinal))
        {
            writer.WriteStartObject(endpoint.Name);
            writer.WriteString("route", Text(endpoint.Route));
            writer.WriteString("refusal", endpoint.Refusal);
            writer.WriteNumber("open-connections", endpoint.Paths.Sum(path => path.OpenConnections));
            StatusJson.WriteObjects(writer, "peers", endpoint.Peers, WritePeer);
            StatusJson.WriteObjects(writer, "relays", endpoint.Relays, WriteRelay);
            StatusJson.WriteObjects(writer, "paths", endpoint.Paths, WritePath);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WritePeer(Utf8JsonWriter writer, ConnetPeerStatus peer)
    {
        writer.WriteString("id", peer.Id);
        writer.WriteString("metadata", peer.Metadata);
        StatusJson.WriteAddresses(writer, "direct-addresses", peer.DirectAddresses);
        writer.WriteNumber("direct-paths", peer.DirectPaths);
        StatusJson.WriteTexts(writer, "relays", peer.RelayIds);
    }

    private static void WriteRelay(Utf8JsonWriter writer, ConnetRelayStatus relay)
    {
        writer.WriteString("id", relay.Id);
        writer.WriteString("status", Text(relay.State));
        StatusJson.WriteTexts(writer, "addresses", relay.Addresses);
    }

    private static void WritePath(Utf8JsonWriter writer, ConnetPathStatus path)
    {
        writer.WriteString("kind", path.Kind == ConnetPathKind.Direct ? "direct" : "relay");
        writer.WriteString("id", path.Id);
        StatusJson.WriteAddress(writer, "remote-address", path.RemoteEndPoint);
        StatusJson.WriteMilliseconds(writer, "rtt-ms", path.RoundTripTime);
        writer.WriteNumber("bytes-sent", path.BytesSent);
        writer.WriteNumber("bytes-received", path.BytesReceived);
        writer.WriteNumber("open-connections", path.OpenConnections);
        writer.WriteString("encryption", path.Encryption is { } encryption ? Text(encryption) : null);
        writer.WriteString("warning", path.IsEncrypted is false ? NotEncrypted : null);
    }

    private static string Text(ConnetClientState state) => state switch
    {
        ConnetClientState.NotConnected => "not_connected",
        ConnetClientState.Connected => "connected",
        ConnetClientState.Reconnecting => "reconnecting",
        _ => "disconnected",
    };

    private static string Text(ConnetRelayState state) => state switch
    {
        ConnetRelayState.Connecting => "connecting",
        ConnetRelayState.Connected => "connected",
        _ => "leaving",
    };

    private static string Text(ConnetRoute route) => route switch
    {
        ConnetRoute.Direct => "direct",
        ConnetRoute.Relay => "relay",
        _ => "any",
    };

    private static string Text(ConnetPathEncryption encryption) => encryption switch
    {
        ConnetPathEncryption.None => "none",
        ConnetPathEncryption.Tls => "tls",
        ConnetPathEncryption.Dhxcp => "dhxcp",
        _ => "quic",
    };
}
