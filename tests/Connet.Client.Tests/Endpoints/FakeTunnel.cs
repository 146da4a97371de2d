using System.Threading.Channels;
using Connet.Client.Endpoints;

namespace Connet.Client.Tests.Endpoints;

/// <summary>
/// Two tunnels joined in memory, with ends and resets in each direction and a bounded buffer of one piece, as the stream of a
/// path behaves.
/// </summary>
internal sealed class FakeTunnel : ITunnel
{
    private readonly Channel<byte[]> _incoming;
    private readonly Channel<byte[]> _outgoing;
    private byte[] _rest = [];

    private FakeTunnel(Channel<byte[]> incoming, Channel<byte[]> outgoing) => (_incoming, _outgoing) = (incoming, outgoing);

    public static (FakeTunnel Near, FakeTunnel Far) CreatePair()
    {
        Channel<byte[]> forth = Channel.CreateBounded<byte[]>(1);
        Channel<byte[]> back = Channel.CreateBounded<byte[]>(1);
        return (new FakeTunnel(back, forth), new FakeTunnel(forth, back));
    }

    public TaskCompletionSource Disposed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_rest.Length == 0)
        {
            try
            {
                _rest = await _incoming.Reader.ReadAsync(cancellationToken);
            }
            catch (ChannelClosedException exception) when (exception.InnerException is not IOException)
            {
                return 0;
            }
            catch (ChannelClosedException exception)
            {
                throw new IOException(exception.InnerException!.Message, exception);
            }
        }

        int count = Math.Min(buffer.Length, _rest.Length);
        _rest.AsMemory(0, count).CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            await _outgoing.Writer.WriteAsync(buffer.ToArray(), cancellationToken);
        }
        catch (ChannelClosedException exception)
        {
            throw new IOException("stopped", exception);
        }
    }

    public ValueTask CompleteWritesAsync(CancellationToken cancellationToken)
    {
        _outgoing.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    public void AbortReads(long code) => _incoming.Writer.TryComplete(new IOException($"{code}"));

    public void AbortWrites(long code) => _outgoing.Writer.TryComplete(new IOException($"{code}"));

    public void Abort(long code)
    {
        AbortReads(code);
        AbortWrites(code);
    }

    public long CodeOf(Exception failure) => long.TryParse(failure.Message, out long code) ? code : 0;

    public ValueTask DisposeAsync()
    {
        _outgoing.Writer.TryComplete();
        Disposed.TrySetResult();
        return ValueTask.CompletedTask;
    }
}
