using System.Globalization;
using System.Net.Sockets;

namespace Connet.Benchmarks.Peer;

/// <summary>The words between the two processes of a benchmark: one line a message, fields separated by spaces.</summary>
internal sealed class ControlChannel(TcpClient client) : IDisposable
{
    private readonly StreamReader _reader = new(client.GetStream());
    private readonly StreamWriter _writer = new(client.GetStream()) { AutoFlush = true, NewLine = "\n" };

    public async Task SendAsync(params object[] fields) =>
        await _writer.WriteLineAsync(string.Join(' ', fields.Select(static field => Convert.ToString(field, CultureInfo.InvariantCulture)))).ConfigureAwait(false);

    /// <summary>The next message, or null when the other process is gone.</summary>
    public async Task<string[]?> ReceiveAsync() => (await _reader.ReadLineAsync().ConfigureAwait(false))?.Split(' ');

    public async Task<string[]> RequireAsync() => await ReceiveAsync().ConfigureAwait(false) ?? throw new IOException("The other process of the benchmark ended.");

    public void Dispose()
    {
        _writer.Dispose();
        _reader.Dispose();
        client.Dispose();
    }
}
