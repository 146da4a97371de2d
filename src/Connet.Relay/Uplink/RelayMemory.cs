using System.Text;
using Connet.Protocol.State;

namespace Connet.Relay.Uplink;

/// <summary>
/// What a relay remembers of its control server: the id, which must not change, and the token that gives the relay its place back. One file, so
/// that the two always belong together.
/// </summary>
internal sealed class RelayMemory
{
    private const string FileName = "relay-control";
    private const string Header = "connet relay 1";
    private const int LineCount = 3;

    private readonly string? _path;

    private RelayMemory(string? path) => _path = path;

    /// <summary>The control server's id; null before the first connection.</summary>
    public string? ControlId { get; private set; }

    /// <summary>The token from the last connection; empty before the first.</summary>
    public ReadOnlyMemory<byte> ReconnectToken { get; private set; } = ReadOnlyMemory<byte>.Empty;

    /// <summary>What to do to make the relay forget.</summary>
    public string HowToForget => _path is null ? "restart the relay" : $"remove {_path}";

    /// <summary>Reads what an earlier process remembered.</summary>
    /// <param name="folder">The state folder; null to remember in memory only.</param>
    /// <exception cref="IOException">The file cannot be read, or is not ours.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static RelayMemory Open(string? folder)
    {
        RelayMemory memory = new(folder is null ? null : Path.GetFullPath(Path.Combine(folder, FileName)));
        if (memory._path is { } path && AtomicFile.Read(path) is { } content)
        {
            memory.Parse(path, content);
        }

        return memory;
    }

    /// <summary>Remembers a control server.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void Remember(string controlId, ReadOnlyMemory<byte> reconnectToken)
    {
        if (controlId == ControlId && reconnectToken.Span.SequenceEqual(ReconnectToken.Span))
        {
            return;
        }

        ControlId = controlId;
        ReconnectToken = reconnectToken;
        if (_path is not null)
        {
            AtomicFile.Write(_path, Encoding.UTF8.GetBytes($"{Header}\n{controlId}\n{Convert.ToBase64String(reconnectToken.Span)}\n"));
        }
    }

    private void Parse(string path, byte[] content)
    {
        string[] lines = Encoding.UTF8.GetString(content).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        byte[] token = new byte[content.Length];
        if (lines.Length is not (LineCount or LineCount - 1)
            || lines[0] != Header
            || !Convert.TryFromBase64String(lines.Length == LineCount ? lines[2] : "", token, out int length))
        {
            throw new IOException($"{path} does not hold what a relay remembers of its control server: restore it, or remove it to accept any control server once.");
        }

        ControlId = lines[1];
        ReconnectToken = token.AsMemory(0, length);
    }
}
