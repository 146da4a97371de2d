using System.Text.Json;
using Connet.Protocol;

namespace Connet.Hosting.Diagnostics;

/// <summary>The status of control server and relay in one process as JSON: what <c>docs/status.md</c> says of the kind <c>server</c>.</summary>
internal static class ServerStatusJson
{
    /// <summary>What the two are together among those that have a status.</summary>
    public const string Kind = "server";

    /// <summary>Writes the object.</summary>
    public static void Write(Utf8JsonWriter writer, bool isRunning, IConnetStatusSource control, IConnetStatusSource relay)
    {
        StatusJson.Begin(writer, Kind, isRunning ? "running" : "stopped");
        writer.WritePropertyName("control");
        control.WriteStatus(writer);
        writer.WritePropertyName("relay");
        relay.WriteStatus(writer);
        writer.WriteEndObject();
    }
}
