using System.Text.Json;
using Connet.Protocol;

namespace Connet.Relay.Diagnostics;

/// <summary>The status of a relay as JSON: what <c>docs/status.md</c> says of the kind <c>relay</c>.</summary>
internal static class RelayStatusJson
{
    /// <summary>What a relay is among those that have a status.</summary>
    public const string Kind = "relay";

    /// <summary>Writes the object.</summary>
    public static void Write(Utf8JsonWriter writer, RelayServerStatus status)
    {
        StatusJson.Begin(writer, Kind, Text(status.ControlState));
        writer.WriteString("metadata", status.Metadata);
        writer.WriteString("control-address", status.ControlAddress);
        writer.WriteString("control-id", status.ControlId);
        writer.WriteString("server-name", status.ServerName);
        StatusJson.WriteObjects(writer, "ingresses", status.Ingresses, WriteIngress);
        writer.WriteNumber("clients", status.Clients);
        writer.WriteNumber("unauthenticated-connections", status.UnauthenticatedConnections);
        writer.WriteStartObject("endpoints");
        foreach (RelayEndpointStatus endpoint in status.Endpoints)
        {
            writer.WriteStartObject(endpoint.Name);
            writer.WriteNumber("destinations", endpoint.Destinations);
            writer.WriteNumber("sources", endpoint.Sources);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteNumber("active-streams", status.ActiveStreams);
        writer.WriteNumber("forwarded-streams", status.ForwardedStreams);
        writer.WriteNumber("forwarded-bytes", status.ForwardedBytes);
        writer.WriteEndObject();
    }

    private static void WriteIngress(Utf8JsonWriter writer, RelayIngressStatus ingress)
    {
        writer.WriteString("address", ingress.Address);
        StatusJson.WriteAddress(writer, "local-address", ingress.LocalEndPoint);
        StatusJson.WriteTexts(writer, "hostports", ingress.HostPorts);
        writer.WriteNumber("connections", ingress.Transport.Connections);
        StatusJson.WriteTransport(writer, ingress.Transport.Socket, ingress.Transport.Crypto);
    }

    private static string Text(RelayControlState state) => state switch
    {
        RelayControlState.NotConnected => "not_connected",
        RelayControlState.Connected => "connected",
        RelayControlState.Reconnecting => "reconnecting",
        _ => "disconnected",
    };
}
