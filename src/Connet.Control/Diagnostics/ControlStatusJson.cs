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
        WriteIngresses(writer, "clients-ingresses", status.ClientIngresses);
        WriteIngresses(writer, "relays-ingresses", status.RelayIngresses);
        writer.WriteStartArray("clients");
        foreach (ControlClientStatus client in status.Clients)
        {
            WriteClient(writer, client);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("relays");
        foreach (ControlRelayStatus relay in status.Relays)
        {
            WriteRelay(writer, relay);
        }

        writer.WriteEndArray();
        writer.WriteNumber("expiring-endpoints", status.ExpiringEndpoints);
        writer.WriteEndObject();
    }

    private static void WriteIngresses(Utf8JsonWriter writer, string name, IEnumerable<ControlIngressStatus> ingresses)
    {
        writer.WriteStartArray(name);
        foreach (ControlIngressStatus ingress in ingresses)
        {
            writer.WriteStartObject();
            writer.WriteString("address", ingress.Address);
            StatusJson.WriteAddress(writer, "local-address", ingress.LocalEndPoint);
            writer.WriteNumber("connections", ingress.Transport.Connections);
            writer.WriteString("socket", ingress.Transport.Socket);
            writer.WriteString("crypto", ingress.Transport.Crypto);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteClient(Utf8JsonWriter writer, ControlClientStatus client)
    {
        writer.WriteStartObject();
        writer.WriteString("id", client.Id);
        writer.WriteString("metadata", client.Metadata);
        writer.WriteString("build-version", client.BuildVersion);
        StatusJson.WriteAddress(writer, "remote-address", client.RemoteEndPoint);
        StatusJson.WriteTime(writer, "connected-at", client.ConnectedAt);
        StatusJson.WriteMilliseconds(writer, "rtt-ms", client.RoundTripTime);
        writer.WriteStartArray("endpoints");
        foreach (ControlEndpointStatus endpoint in client.Endpoints)
        {
            writer.WriteStartObject();
            writer.WriteString("name", endpoint.Name);
            writer.WriteString("role", endpoint.Role == ControlEndpointRole.Source ? "source" : "destination");
            writer.WriteNumber("direct-addresses", endpoint.DirectAddresses);
            StatusJson.WriteTexts(writer, "relays", endpoint.Relays);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteRelay(Utf8JsonWriter writer, ControlRelayStatus relay)
    {
        writer.WriteStartObject();
        writer.WriteString("id", relay.Id);
        writer.WriteString("metadata", relay.Metadata);
        writer.WriteString("build-version", relay.BuildVersion);
        StatusJson.WriteAddress(writer, "remote-address", relay.RemoteEndPoint);
        StatusJson.WriteTime(writer, "connected-at", relay.ConnectedAt);
        StatusJson.WriteTexts(writer, "addresses", relay.Addresses);
        writer.WriteEndObject();
    }
}
