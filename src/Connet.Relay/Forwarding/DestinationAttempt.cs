using Connet.Protocol;
using Connet.Protocol.Peers;
using Connet.Quic;
using Connet.Relay.Clients;

namespace Connet.Relay.Forwarding;

/// <summary>A request on its way to one destination.</summary>
internal sealed class DestinationAttempt
{
    private readonly long _packetsBefore;

    private DestinationAttempt(RelayMember member, Request request, CancellationToken cancellationToken)
    {
        Member = member;
        _packetsBefore = member.Connection.GetStatistics().PacketsReceived;
        Answer = AskAsync(member, request, cancellationToken);
    }

    public RelayMember Member { get; }

    /// <summary>The answer; never fails.</summary>
    public Task<DestinationAnswer> Answer { get; }

    /// <summary>Whether something has arrived since the request was sent: the destination lives, and may be dialling its service.</summary>
    public bool IsAlive => Member.Connection.GetStatistics().PacketsReceived != _packetsBefore;

    public static DestinationAttempt Start(RelayMember member, Request request, CancellationToken cancellationToken) => new(member, request, cancellationToken);

    /// <summary>The answer is overdue.</summary>
    public void MarkUnanswered()
    {
        if (!IsAlive)
        {
            Member.MarkUnanswered(_packetsBefore);

            // If a new process has taken the address, this brings its stateless reset.
            Member.Connection.Ping();
        }
    }

    /// <summary>The answer is of no use any more: whatever stream there is, or will be, is reset.</summary>
    public async Task DiscardAsync()
    {
        DestinationAnswer answer = await Answer.ConfigureAwait(false);
        if (answer.Stream is { } stream)
        {
            stream.Abort(QuicAbortDirection.Both, (long)ProtocolErrorCode.Unknown);
            await stream.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task<DestinationAnswer> AskAsync(RelayMember member, Request request, CancellationToken cancellationToken)
    {
        QuicStream? stream = null;
        try
        {
            stream = await member.Connection.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, cancellationToken).ConfigureAwait(false);
            await MessageFraming.WriteAsync(stream, request, member.Generation, cancellationToken).ConfigureAwait(false);
            Response response = await MessageFraming
                .TryReadAsync(stream, Response.Parser, member.Generation, RelayTransport.MaxMessageLength, cancellationToken).ConfigureAwait(false)
                ?? throw new ProtocolException(ProtocolErrorCode.Unknown, "the destination ended the stream without a response");
            ProtocolErrors.ThrowIfSet(response.Error);
            return response.Connect is not null
                ? new DestinationAnswer { Member = member, Stream = stream, Response = response }
                : throw new ProtocolException(ProtocolErrorCode.Unknown, "the destination's response says nothing");
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidOperationException)
        {
            if (stream is not null)
            {
                stream.Abort(QuicAbortDirection.Both, (long)ProtocolErrorCode.Unknown);
                await stream.DisposeAsync().ConfigureAwait(false);
            }

            string reason = exception is OperationCanceledException ? "it did not answer in time" : exception.Message.TrimEnd('.');
            return new DestinationAnswer { Member = member, Error = new ProtocolException(ProtocolErrorCode.DestinationDialFailed, reason, exception) };
        }
    }
}
