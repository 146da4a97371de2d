using Connet.Protocol.Encryption.Tls;
using Connet.Protocol.Identities;

namespace Connet.Protocol.Tests.Encryption.Tls;

/// <summary>Who is accepted, and how a handshake ends that comes to nothing.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class TlsHandshakeTests
{
    [Test]
    public async Task A_destination_with_another_certificate_is_refused_and_learns_it()
    {
        TlsPair pair = new(seenBySource: TlsPair.NewIdentity());
        Task destination = TlsPair.HandshakeAsync(pair.Destination);
        ProtocolException refusal = await RefusalAsync(TlsPair.HandshakeAsync(pair.Source));
        Assert.That(refusal.Message, Does.Contain("unrecognized_name"), "the destination does not answer to the name");
        Assert.That((await RefusalAsync(destination)).Message, Does.Contain("the name of somebody else"));
        Assert.That(pair.Back.StopCode ?? pair.Forth.StopCode, Is.EqualTo((long)ProtocolErrorCode.DestinationRelayEncryptionError));
    }

    [Test]
    public async Task A_destination_that_has_the_name_but_not_the_certificate_is_refused()
    {
        PeerIdentity real = TlsPair.NewIdentity();
        PeerIdentity source = TlsPair.NewIdentity();
        TlsLane forth = new();
        TlsLane back = new();
        LaneTransport below = new(back, forth);
        TlsRelayStream side = TlsRelayStream.AtSource(below, source.Client, TlsPair.Info(real.Server));
        HandPeer.HandTls impostor = HandPeer.HandTls.Server(TlsPair.NewIdentity().Server);
        Task handshake = TlsPair.HandshakeAsync(side);
        await PumpAsync(impostor, forth, back, () => impostor.ReceivedAlert is not null);
        Assert.That((await RefusalAsync(handshake)).Message, Does.Contain("not the one that its peer has announced"));
        Assert.That(impostor.ReceivedAlert, Is.EqualTo(42), "bad_certificate");
        Assert.That(impostor.RequestedName, Is.EqualTo(real.Server.ServerName));
        Assert.That(impostor.HasProtocols, Is.False);
        Assert.That(impostor.PeerCertificate, Is.Null, "nothing of the own identity went to the impostor");
        Assert.That((forth.IsEnded, forth.ResetCode, back.StopCode), Is.EqualTo((true, (long?)null, (long?)ProtocolErrorCode.DestinationRelayEncryptionError)));
    }

    [Test]
    public async Task A_source_with_another_certificate_is_refused_and_learns_it()
    {
        TlsPair pair = new(seenByDestination: TlsPair.NewIdentity());
        Task source = TlsPair.HandshakeAsync(pair.Source);
        Assert.That((await RefusalAsync(TlsPair.HandshakeAsync(pair.Destination))).Message, Does.Contain("not the one that its peer has announced"));
        await source;
        Assert.That(
            async () => await pair.Source.ReadAsync(new byte[1]), Throws.TypeOf<ProtocolException>().With.Message.Contains("bad_certificate"),
            "in TLS 1.3 a client learns of its refusal when it reads");
    }

    [Test]
    public async Task A_source_without_a_certificate_is_refused([Values] bool hasName)
    {
        (TlsRelayStream side, TlsLane forth, TlsLane back, GeneratedCertificate own, _) = Destination();
        HandPeer.HandTls source = HandPeer.HandTls.Client(hasName ? own.ServerName : null, certificate: null);
        Task handshake = TlsPair.HandshakeAsync(side);
        await PumpAsync(source, back, forth, () => source.ReceivedAlert is not null);
        Assert.That((await RefusalAsync(handshake)).Message, Does.Contain("has shown no certificate"));
        Assert.That(source.ReceivedAlert, Is.EqualTo(116), "certificate_required");
    }

    [Test]
    public async Task A_source_that_asks_for_another_name_is_refused()
    {
        (TlsRelayStream side, TlsLane forth, TlsLane back, _, PeerIdentity expected) = Destination();
        HandPeer.HandTls source = HandPeer.HandTls.Client(TlsPair.NewIdentity().Server.ServerName, expected.Client);
        Task handshake = TlsPair.HandshakeAsync(side);
        await PumpAsync(source, back, forth, () => source.ReceivedAlert is not null);
        Assert.That((await RefusalAsync(handshake)).Message, Does.Contain("the name of somebody else"));
        Assert.That(source.ReceivedAlert, Is.EqualTo(112), "unrecognized_name");
    }

    [Test]
    public async Task A_source_that_names_nobody_is_known_by_its_certificate()
    {
        (TlsRelayStream side, TlsLane forth, TlsLane back, GeneratedCertificate own, PeerIdentity expected) = Destination();
        HandPeer.HandTls source = HandPeer.HandTls.Client(null, expected.Client);
        Task handshake = TlsPair.HandshakeAsync(side);
        await PumpAsync(source, back, forth, () => source.IsComplete);
        await handshake;
        Assert.That(source.PeerCertificate, Is.EqualTo(own.Certificate.ToArray()));
    }

    [Test]
    public async Task Silence_ends_the_handshake_in_time([Values] bool atSource)
    {
        TlsPair pair = new();
        TlsRelayStream side = atSource ? pair.Source : pair.Destination;
        Task handshake = side.HandshakeAsync(TimeSpan.FromSeconds(5), new ImpatientClock(), CancellationToken.None);
        Assert.That((await RefusalAsync(handshake)).Message, Does.Contain("was not complete within 5 s"));
        Assert.That((atSource ? pair.Forth : pair.Back).ResetCode, Is.EqualTo((long)ProtocolErrorCode.DestinationRelayEncryptionError));
        Assert.That(async () => await side.ReadAsync(new byte[1]), Throws.TypeOf<ProtocolException>().With.Message.Contains("within 5 s"));
        Assert.That(async () => await side.WriteAsync(new byte[1]), Throws.TypeOf<ProtocolException>());
    }

    [Test]
    public async Task A_cancelled_handshake_resets_the_stream()
    {
        TlsPair pair = new();
        using CancellationTokenSource source = new();
        Task handshake = pair.Source.HandshakeAsync(TlsPair.Patience, TimeProvider.System, source.Token);
        await source.CancelAsync();
        Assert.That(async () => await handshake.WaitAsync(TlsPair.Patience), Throws.InstanceOf<OperationCanceledException>());
        await pair.Source.DisposeAsync();
        Assert.That((pair.Forth.ResetCode, pair.SourceTransport.Disposed.IsCompleted), Is.EqualTo(((long?)0, true)));
    }

    [Test]
    public async Task Reads_and_writes_wait_for_the_handshake_and_an_end_that_was_asked_for_follows_it()
    {
        TlsPair pair = new();
        Task destination = TlsPair.HandshakeAsync(pair.Destination);
        using CancellationTokenSource cancelled = new();
        Task<int> read = pair.Destination.ReadAsync(new byte[1], cancelled.Token).AsTask();
        await cancelled.CancelAsync();
        Assert.That(async () => await read, Throws.InstanceOf<OperationCanceledException>());
        Task<byte[]> all = TlsPair.ReadToEndAsync(pair.Destination);
        Task write = pair.Destination.WriteAsync("early"u8.ToArray()).AsTask();
        Assert.That((all.IsCompleted, write.IsCompleted, pair.Back.Sent.Count), Is.EqualTo((false, false, 0)));
        await TlsPair.HandshakeAsync(pair.Source);
        await Task.WhenAll(destination, write).WaitAsync(TlsPair.Patience);
        pair.Destination.CompleteWrites();
        pair.Source.CompleteWrites();
        Assert.That(await TlsPair.ReadToEndAsync(pair.Source), Is.EqualTo("early"u8.ToArray()));
        Assert.That(await all, Is.Empty);
    }

    [Test]
    public async Task Disposal_in_the_middle_of_the_handshake_lets_it_finish_and_ends_in_order([Values] bool completed)
    {
        TlsPair pair = new();
        Task destination = TlsPair.HandshakeAsync(pair.Destination);
        if (completed)
        {
            pair.Destination.CompleteWrites();
        }

        await pair.Destination.DisposeAsync();
        Assert.That(pair.DestinationTransport.Disposed.IsCompleted, Is.False);
        await TlsPair.HandshakeAsync(pair.Source);
        await destination;
        Assert.That(await TlsPair.ReadToEndAsync(pair.Source), Is.Empty);
        await pair.DestinationTransport.Disposed.WaitAsync(TlsPair.Patience);
        Assert.That(pair.Back.ResetCode, Is.Null);
    }

    [Test]
    public async Task Disposal_of_a_side_that_never_began_resets_the_stream()
    {
        TlsPair pair = new();
        await pair.Source.DisposeAsync();
        Assert.That((pair.Forth.ResetCode, pair.SourceTransport.Disposed.IsCompleted), Is.EqualTo(((long?)0, true)));
        Assert.That(async () => await TlsPair.HandshakeAsync(pair.Source), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void Certificates_have_to_be_of_the_right_kind()
    {
        PeerIdentity identity = TlsPair.NewIdentity();
        LaneTransport below = new(new TlsLane(), new TlsLane());
        Assert.That(() => TlsRelayStream.AtSource(below, identity.Client, TlsPair.Info(identity.Client)), Throws.ArgumentException);
        Assert.That(() => TlsRelayStream.AtDestination(below, identity.Client, TlsPair.Info(identity.Client)), Throws.ArgumentException);
    }

    private static (TlsRelayStream Side, TlsLane Forth, TlsLane Back, GeneratedCertificate Own, PeerIdentity Expected) Destination()
    {
        TlsLane forth = new();
        TlsLane back = new();
        GeneratedCertificate own = TlsPair.NewIdentity().Server;
        PeerIdentity expected = TlsPair.NewIdentity();
        return (TlsRelayStream.AtDestination(new LaneTransport(forth, back), own, TlsPair.Info(expected.Client)), forth, back, own, expected);
    }

    private static async Task<ProtocolException> RefusalAsync(Task handshake)
    {
        try
        {
            await handshake.WaitAsync(TlsPair.Patience);
        }
        catch (ProtocolException exception)
        {
            Assert.That(exception.Code, Is.EqualTo(ProtocolErrorCode.DestinationRelayEncryptionError));
            return exception;
        }

        throw new InvalidOperationException("The handshake succeeded.");
    }

    /// <summary>Plays one side until something is so.</summary>
    private static async Task PumpAsync(HandPeer.HandTls hand, TlsLane reads, TlsLane writes, Func<bool> until)
    {
        using CancellationTokenSource patience = new(TlsPair.Patience);
        byte[] buffer = new byte[4096];
        while (true)
        {
            byte[] output = hand.TakeOutput();
            if (output.Length > 0)
            {
                await writes.WriteAsync(output, isLast: false, patience.Token);
            }

            if (until())
            {
                return;
            }

            int read = await reads.ReadAsync(buffer, patience.Token);
            hand.Offer(read > 0 ? buffer.AsSpan(0, read) : throw new InvalidOperationException("The stream ended."));
        }
    }

    /// <summary>Every timer fires as soon as it is set.</summary>
    private sealed class ImpatientClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
