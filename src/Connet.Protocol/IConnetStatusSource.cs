using System.Text.Json;

namespace Connet.Protocol;

/// <summary>
/// What can be asked how it is doing: a client, a control server, a relay, or a server that is both. <c>docs/status.md</c> says what each of them
/// tells. Tokens and private keys are never part of it. Implementations are thread safe, and answer before the start and after the end too.
/// </summary>
public interface IConnetStatusSource
{
    /// <summary>What it is: <c>client</c>, <c>control</c>, <c>relay</c> or <c>server</c>.</summary>
    string Kind { get; }

    /// <summary>Writes the status at this instant: one JSON object, whose first keys are <c>kind</c>, <c>status</c> and <c>build-version</c>.</summary>
    /// <param name="writer">Where a value is expected.</param>
    void WriteStatus(Utf8JsonWriter writer);
}
