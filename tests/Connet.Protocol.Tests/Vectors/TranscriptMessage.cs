using System.Text.Json;

namespace Connet.Protocol.Tests.Vectors;

/// <summary>One message of transcripts.json.</summary>
public sealed record TranscriptMessage(string Scenario, int Index, string Kind, byte[] Body)
{
    public static IReadOnlyList<TranscriptMessage> All { get; } = [.. Read()];

    public override string ToString() => $"{Scenario} {Index} {Kind}";

    private static IEnumerable<TranscriptMessage> Read()
    {
        foreach (JsonProperty scenario in Samples.Load("transcripts.json").GetProperty("scenarios").EnumerateObject())
        {
            int index = 0;
            foreach (JsonElement each in scenario.Value.EnumerateArray())
            {
                yield return new TranscriptMessage(
                    scenario.Name, index++, each.GetProperty("message").GetString()!, Convert.FromHexString(each.GetProperty("hex").GetString()!));
            }
        }
    }
}
