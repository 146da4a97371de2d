using System.Text.Json;
using Connet.Protocol;

namespace Connet.Control.Diagnostics;

/// <summary>The status of a control server as JSON: what <c>docs/status.md</c> says of the kind <c>control</c>.</summary>
internal static class ControlStatusJson
{
    /// <summary>What a control server is among those that have a status.</summary>
    public const string Kind = "control";

    /// <summary>Writes the object.</summary>
    public static void Write(Utf8JsonWriter writer, ControlServerStatus status)
    {
        StatusJson.Begin(writer, Kind, status.IsRunning ? "running" : "stopped");
        writer.WriteString("id", status.Id);
        StatusJson.WriteObjects(writer, "clients-ingresses", status.ClientIngresses, WriteIngress);
        StatusJson.WriteObjects(writer, "relays-ingresses", status.RelayIngresses, WriteIngress);
        StatusJson.WriteObjects(writer, "clients", status.Clients, WriteClient);
        StatusJson.WriteObjects(writer, "relays", status.Relays, WriteRelay);
        writer.WriteNumber("expiring-endpoints", status.ExpiringEndpoints);
        writer.WriteEndObject();
    }

    private static void WriteIngress(Utf8JsonWriter writer, ControlIngressStatus ingress)
    {
        writer.WriteString("address", ingress.Address);
        StatusJson.WriteAddress(writer, "local-address", ingress.LocalEndPoint);
        writer.WriteNumber("connections", ingress.Transport.Connections);
        StatusJson.WriteTransport(writer, ingress.Transport.Socket, ingress.Transport.Crypto);
    }

    private static void WriteClient(Utf8JsonWriter writer, ControlClientStatus client)
    {
        writer.WriteString("id", client.Id);
        writer.WriteString("metadata", client.Metadata);
        writer.WriteString("build-version", client.BuildVersion);
        StatusJson.WriteAddress(writer, "remote-address", client.RemoteEndPoint);
        StatusJson.WriteTime(writer, "connected-at", client.ConnectedAt);
        StatusJson.WriteMilliseconds(writer, "rtt-ms", client.RoundTripTime);
        StatusJson.WriteObjects(writer, "endpoints", client.Endpoints, WriteEndpoint);
    }

    private static void WriteEndpoint(Utf8JsonWriter writer, ControlEndpointStatus endpoint)
    {
        writer.WriteString("name", endpoint.Name);
        writer.WriteString("role", endpoint.Role == ControlEndpointRole.Source ? "source" : "destination");
        writer.WriteNumber("direct-addresses", endpoint.DirectAddresses);
        StatusJson.WriteTexts(writer, "relays", endpoint.Relays);
    }

    private static void WriteRelay(Utf8JsonWriter writer, ControlRelayStatus relay)
    {
        writer.WriteString("id", relay.Id);
        writer.WriteString("metadata", relay.Metadata);
        writer.WriteString("build-version", relay.BuildVersion);
        StatusJson.WriteAddress(writer, "remote-address", relay.RemoteEndPoint);
        StatusJson.WriteTime(writer, "connected-at", relay.ConnectedAt);
        StatusJson.WriteTexts(writer, "addresses", relay.Addresses);
    }
}
