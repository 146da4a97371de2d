using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Connet.Client.Tests;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.ControlRelays;
using Connet.Protocol.Identities;
using Connet.Protocol.Keys;
using Connet.Quic;
using Google.Protobuf;

namespace Connet.Relay.Tests;

/// <summary>The relay towards a control server that is driven by hand.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class UplinkTests
{
    [TestCase(1)]
    [TestCase(2)]
    public async Task The_authentication_request_has_the_fields_of_the_protocol(int generation)
    {
        await using HandRelayControl control = HandRelayControl.Start(generations: (ProtocolGeneration)generation);
        RelayServerOptions options = Rig.Options(control);
        options.Ingresses[0].HostPorts = ["relay.example.net:7000", "[::1]:7001", "second.example.net"];
        await using RelayServer relay = await RelayServer.StartAsync(options);
        (HandConnection connection, HandStream stream) = await control.AcceptStreamAsync();
        Assert.That(connection.Generation, Is.EqualTo((ProtocolGeneration)generation));
        byte[] header = await stream.ReceiveBytesAsync(HandFraming.HeaderLength(stream.Generation));
        Assert.That(header.AsSpan()[..^4].ContainsAnyExcept((byte)0), Is.False);
        byte[] body = await stream.ReceiveBytesAsync((header[^4] << 24) | (header[^3] << 16) | (header[^2] << 8) | header[^1]);
        List<(int Field, byte[] Value)> fields = Fields(body);
        Assert.That(fields.Select(each => each.Field), Is.EqualTo(new[] { 1, 4, 5, 5, 5, 6, 7, 8 }), "token, version, addresses, metadata, certificate, key; no reconnect token yet");
        Assert.That(Text(fields[0]), Is.EqualTo("relay-token"));
        Assert.That(Text(fields[1]), Is.Not.Empty);
        Assert.That(
            fields.Where(each => each.Field == 5).Select(each => HostPort.Parser.ParseFrom(each.Value)),
            Is.EqualTo(new[]
            {
                new HostPort { Host = "relay.example.net", Port = 7000 },
                new HostPort { Host = "::1", Port = 7001 },
                new HostPort { Host = "second.example.net", Port = (uint)relay.EndPoints[0].Port },
            }));
        Assert.That(Text(fields[5]), Is.EqualTo("relay-metadata"));
        Assert.That(CertificateInfo.TryRead(fields[6].Value, out CertificateInfo? certificate), Is.True);
        Assert.That(certificate!.ServerName, Does.EndWith(".reserve.relay.invalid").And.EqualTo(relay.GetStatus().ServerName));
        Assert.That(fields[7].Value, Has.Length.EqualTo(32));
        Assert.That(connection.Connection.RemoteEndPoint, Is.EqualTo(relay.EndPoints[0]), "dialled from the socket that serves clients");
    }

    [TestCase(1, 2)]
    [TestCase(2, 1)]
    public async Task The_control_server_chooses_among_the_generations_that_the_relay_offers(int preferred, int other)
    {
        await using HandRelayControl control = HandRelayControl.Start(generations: [(ProtocolGeneration)preferred, (ProtocolGeneration)other]);
        await using RelayServer relay = await RelayServer.StartAsync(Rig.Options(control));
        HandRelayUplink uplink = await control.AcceptRelayAsync();
        Assert.That(uplink.Connection.Generation, Is.EqualTo((ProtocolGeneration)preferred));
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task Both_ends_of_the_authentication_stream_are_closed_and_the_connection_stays(int generation)
    {
        await using HandRelayControl control = HandRelayControl.Start(generations: (ProtocolGeneration)generation);
        await using RelayServer relay = await RelayServer.StartAsync(Rig.Options(control));
        HandRelayUplink uplink = await control.AdmitRelayAsync();
        await relay.WaitForControlAsync().WaitAsync(HandConnection.Patience);
        Assert.That(await uplink.Stream.ReceiveToEndAsync(), Is.Empty);
        Assert.That(uplink.Connection.Connection.IsClosed, Is.False);
        Assert.That(relay.GetStatus().ControlState, Is.EqualTo(RelayControlState.Connected));
        Assert.That(relay.GetStatus().ControlId, Is.EqualTo("control-1"));
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task The_control_server_may_end_its_side_of_the_authentication_stream_later(int generation)
    {
        await using HandRelayControl control = HandRelayControl.Start(generations: (ProtocolGeneration)generation);
        await using RelayServer relay = await RelayServer.StartAsync(Rig.Options(control));
        HandRelayUplink uplink = await control.AcceptRelayAsync();
        await uplink.Stream.SendAsync(new AuthenticateResp { ControlId = "c", ControlAuthenticationKey = ByteString.CopyFrom(X25519KeyPair.Generate().PublicKey) });
        await relay.WaitForControlAsync().WaitAsync(HandConnection.Patience);
        Assert.That(await uplink.Stream.ReceiveToEndAsync(), Is.Empty);
        await uplink.Stream.SendBytesAsync(ReadOnlyMemory<byte>.Empty, complete: true);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task After_a_loss_the_relay_is_back_with_its_token_and_a_fresh_key(int generation)
    {
        await using HandRelayControl control = HandRelayControl.Start(generations: (ProtocolGeneration)generation);
        await using RelayServer relay = await RelayServer.StartAsync(Rig.Options(control));
        HandRelayUplink first = await control.AdmitRelayAsync(reconnectToken: "token-1");
        await relay.WaitForControlAsync().WaitAsync(HandConnection.Patience);
        PeerIdentity early = HandIdentity.Peer();
        byte[] oldProof = first.Prove("web", Role.Source, early);
        await first.Connection.Connection.CloseAsync(0);

        HandRelayUplink second = await control.AcceptRelayAsync();
        Assert.That(Encoding.UTF8.GetString(second.Request.ReconnectToken.Span), Is.EqualTo("token-1"));
        Assert.That(second.Request.RelayAuthenticationKey, Is.Not.EqualTo(first.Request.RelayAuthenticationKey));
        Assert.That(second.Request.ServerCertificate, Is.EqualTo(first.Request.ServerCertificate));

        // In the gap the last key holds.
        await using HandRelayClient inGap = await HandRelayClient.DialAsync(relay.EndPoints[0], first.ServerCertificate, early, ProtocolGeneration.Second);
        await inGap.AuthenticateAsync(oldProof);
        await second.AdmitAsync("control-1", "token-2");
        await Rig.UntilAsync(relay, status => status.ControlState == RelayControlState.Connected);

        // And then only the new one; who is in stays in.
        await using HandRelayClient late = await HandRelayClient.DialAsync(relay.EndPoints[0], first.ServerCertificate, early, ProtocolGeneration.Second);
        await late.ProveAsync(oldProof);
        Assert.That((await late.Connection.ClosedAsync()).ApplicationErrorCode, Is.EqualTo(100));
        await using HandRelayClient fresh = await HandRelayClient.DialAsync(relay.EndPoints[0], first.ServerCertificate, HandIdentity.Peer(), ProtocolGeneration.Second);
        PeerIdentity other = HandIdentity.Peer();
        await using HandRelayClient good = await HandRelayClient.DialAsync(relay.EndPoints[0], first.ServerCertificate, other, ProtocolGeneration.Second);
        await good.AuthenticateAsync(second.Prove("web", Role.Destination, other));
        Assert.That(inGap.Connection.Connection.IsClosed, Is.False);
        await second.Connection.Connection.CloseAsync(0);
        HandRelayUplink third = await control.AcceptRelayAsync();
        Assert.That(Encoding.UTF8.GetString(third.Request.ReconnectToken.Span), Is.EqualTo("token-2"));
    }

    [Test]
    public async Task Beyond_the_grace_period_nobody_is_admitted_and_streams_go_on()
    {
        ManualTimers clock = new();
        using LogLines log = new();
        await using Rig rig = await Rig.StartAsync(options => (options.TimeProvider, options.LoggerFactory) = (clock, log));
        HandConnection source = await rig.JoinAsync(Role.Source);
        HandConnection destination = await rig.JoinAsync(Role.Destination);
        (HandStream near, HandStream far) = await Rig.JoinStreamsAsync(source, destination);
        await rig.Control.DisposeAsync();
        await rig.UntilAsync(_ => log.Count("Lost the control server") > 0);
        clock.Pass(TimeSpan.FromSeconds(30));
        PeerIdentity late = HandIdentity.Peer();
        HandRelayClient client = await rig.DialAsync(late);
        await client.ProveAsync(rig.Uplink.Prove("web", Role.Source, late));
        Assert.That((await client.Connection.ClosedAsync()).ApplicationErrorCode, Is.EqualTo(100));
        await near.SendBytesAsync("still"u8.ToArray(), complete: true);
        Assert.That(await far.ReceiveToEndAsync(), Is.EqualTo("still"u8.ToArray()));
        await Rig.JoinStreamsAsync(source, destination);
    }

    [Test]
    public async Task A_control_server_that_restarts_is_found_within_seconds_and_streams_go_on()
    {
        byte[] resetKey = RandomNumberGenerator.GetBytes(32);
        GeneratedCertificate certificate = HandIdentity.Relay();
        await using HandRelayControl control = HandRelayControl.Start(certificate.ToQuic(), FreePorts.Next(), resetKey);
        RelayServerOptions options = Rig.Options(control);
        Func<int> sent = CountSent(options, control.EndPoint.Port);
        await using RelayServer relay = await RelayServer.StartAsync(options);
        HandRelayUplink uplink = await control.AdmitRelayAsync();
        await relay.WaitForControlAsync().WaitAsync(HandConnection.Patience);
        PeerIdentity source = HandIdentity.Peer();
        PeerIdentity destination = HandIdentity.Peer();
        await using HandRelayClient near = await HandRelayClient.DialAsync(relay.EndPoints[0], uplink.ServerCertificate, source, ProtocolGeneration.Second);
        await using HandRelayClient far = await HandRelayClient.DialAsync(relay.EndPoints[0], uplink.ServerCertificate, destination, ProtocolGeneration.First);
        await near.AuthenticateAsync(uplink.Prove("web", Role.Source, source));
        await far.AuthenticateAsync(uplink.Prove("web", Role.Destination, destination));
        (HandStream one, HandStream two) = await Rig.JoinStreamsAsync(near.Connection, far.Connection);

        int port = control.EndPoint.Port;
        await control.DisposeAsync();
        await Rig.UntilAsync(relay, status => status.ControlState == RelayControlState.Reconnecting);
        int before = sent();
        await Rig.UntilAsync(relay, _ => sent() > before);
        long restarted = TimeProvider.System.GetTimestamp();
        await using HandRelayControl again = HandRelayControl.Start(certificate.ToQuic(), port, resetKey);
        await again.AdmitRelayAsync();
        await Rig.UntilAsync(relay, status => status.ControlState == RelayControlState.Connected);
        Assert.That(TimeProvider.System.GetElapsedTime(restarted), Is.LessThan(TimeSpan.FromSeconds(15)));
        await two.SendBytesAsync("undisturbed"u8.ToArray(), complete: true);
        Assert.That(await one.ReceiveToEndAsync(), Is.EqualTo("undisturbed"u8.ToArray()));
    }

    [Test]
    public async Task A_silent_control_server_is_closed_before_another_connection_is_made()
    {
        await using HandRelayControl control = HandRelayControl.Start();
        await using HandUdpGate gate = new(control.EndPoint);
        RelayServerOptions options = Rig.Options(control, gate.EndPoint);
        options.LivenessInterval = TimeSpan.FromSeconds(1);
        options.LivenessTimeout = TimeSpan.FromSeconds(1);
        await using RelayServer relay = await RelayServer.StartAsync(options);
        await control.AdmitRelayAsync();
        await relay.WaitForControlAsync().WaitAsync(HandConnection.Patience);
        gate.IsSilent = true;
        long since = TimeProvider.System.GetTimestamp();
        await Rig.UntilAsync(relay, status => status.ControlState == RelayControlState.Reconnecting);
        gate.IsSilent = false;
        await control.AdmitRelayAsync();
        await Rig.UntilAsync(relay, status => status.ControlState == RelayControlState.Connected);

        // Long before the old one could end by itself.
        await Rig.UntilAsync(relay, _ => relay.Sockets[0].Endpoint.GetStatistics().Connections == 1);
        Assert.That(TimeProvider.System.GetElapsedTime(since), Is.LessThan(TimeSpan.FromSeconds(15)));
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_refused_token_is_an_error_at_once(int generation)
    {
        await using HandRelayControl control = HandRelayControl.Start(generations: (ProtocolGeneration)generation);
        await using RelayServer relay = await RelayServer.StartAsync(Rig.Options(control));
        HandRelayUplink uplink = await control.AcceptRelayAsync();
        await uplink.Stream.SendAsync(new AuthenticateResp { Error = new Error { Code = ErrorCode.AuthenticationFailed, Message = "no such token" } });
        await AssertFailsAsync(relay, "no such token");
        Assert.That((await uplink.Connection.ClosedAsync()).ApplicationErrorCode, Is.EqualTo(0));
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_refusal_by_close_code_alone_is_as_good(int generation)
    {
        await using HandRelayControl control = HandRelayControl.Start(generations: (ProtocolGeneration)generation);
        await using RelayServer relay = await RelayServer.StartAsync(Rig.Options(control));
        HandRelayUplink uplink = await control.AcceptRelayAsync();
        await uplink.Connection.Connection.CloseAsync(100, "no such token");
        await AssertFailsAsync(relay, "no such token");
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_token_that_is_refused_later_is_shown_again_each_half_minute_and_clients_stay(int generation)
    {
        ManualTimers clock = new();
        using LogLines log = new();
        await using Rig rig = await Rig.StartAsync(
            options => (options.TimeProvider, options.LoggerFactory, options.ControlGracePeriod) = (clock, log, TimeSpan.FromMinutes(10)),
            (ProtocolGeneration)generation);
        HandConnection client = await rig.JoinAsync(Role.Source);
        await rig.Uplink.Connection.Connection.CloseAsync(100, "the token was removed");
        await clock.FireAsync(TimeSpan.FromMilliseconds(100));
        for (int i = 0; i < 3; i++)
        {
            HandRelayUplink refused = await rig.Control.AcceptRelayAsync();
            await refused.Stream.SendAsync(new AuthenticateResp { Error = new Error { Code = ErrorCode.AuthenticationFailed, Message = "no such token" } });
            await clock.FireAsync(TimeSpan.FromSeconds(30));
        }

        Assert.That(log.Count("Warning 4 ", "no such token"), Is.EqualTo(2), "at once, and after a minute");
        await rig.Control.AdmitRelayAsync();
        await Rig.UntilAsync(rig.Relay, status => status.ControlState == RelayControlState.Connected);
        Assert.That(client.Connection.IsClosed, Is.False);
    }

    [Test]
    public async Task A_token_that_is_refused_later_stops_a_relay_that_fails_fast()
    {
        await using Rig rig = await Rig.StartAsync(options => options.FailFast = true);
        await rig.Uplink.Connection.Connection.CloseAsync(0);
        HandRelayUplink refused = await rig.Control.AcceptRelayAsync();
        await refused.Stream.SendAsync(new AuthenticateResp { Error = new Error { Code = ErrorCode.AuthenticationFailed, Message = "no such token" } });
        RelayServerException? completion = Assert.ThrowsAsync<RelayServerException>(async () => await rig.Relay.Completion.WaitAsync(HandConnection.Patience));
        Assert.That(completion!.Message, Does.Contain("no such token"));
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task Another_error_is_no_reason_to_give_up(int generation)
    {
        await using HandRelayControl control = HandRelayControl.Start(generations: (ProtocolGeneration)generation);
        await using RelayServer relay = await RelayServer.StartAsync(Rig.Options(control));
        HandRelayUplink first = await control.AcceptRelayAsync();
        await first.Stream.SendAsync(new AuthenticateResp { Error = new Error { Code = ErrorCode.Unknown, Message = "not now" } });
        foreach (ErrorCode code in new[] { ErrorCode.RelayValidationFailed, ErrorCode.RelayInvalidCertificate })
        {
            HandRelayUplink refused = await control.AcceptRelayAsync();
            await refused.Connection.Connection.CloseAsync((long)code, "not like this");
        }

        HandRelayUplink second = await control.AcceptRelayAsync();
        await second.Stream.SendAsync(new AuthenticateResp { ControlId = "", ControlAuthenticationKey = ByteString.CopyFrom(new byte[32]) });
        HandRelayUplink third = await control.AcceptRelayAsync();
        await third.Stream.SendBytesAsync(HandFraming.Length(uint.MaxValue, (ProtocolGeneration)generation));
        HandRelayUplink fourth = await control.AcceptRelayAsync();
        fourth.Stream.Complete();
        await control.AdmitRelayAsync();
        await relay.WaitForControlAsync().WaitAsync(HandConnection.Patience);
    }

    [TestCase(1, 300)]
    [TestCase(2, 300)]
    [TestCase(1, 301)]
    [TestCase(2, 301)]
    public async Task A_refusal_of_what_the_relay_says_of_itself_is_logged_and_tried_again(int generation, int code)
    {
        using LogLines log = new();
        await using HandRelayControl control = HandRelayControl.Start(generations: (ProtocolGeneration)generation);
        RelayServerOptions options = Rig.Options(control);
        options.LoggerFactory = log;
        await using RelayServer relay = await RelayServer.StartAsync(options);
        HandRelayUplink refused = await control.AcceptRelayAsync();
        await refused.Stream.SendAsync(new AuthenticateResp { Error = new Error { Code = (ErrorCode)code, Message = "not like this" } });
        QuicException closed = await refused.Connection.ClosedAsync();
        Assert.That((closed.QuicError, closed.ApplicationErrorCode), Is.EqualTo((QuicError.ConnectionAborted, 0)));
        await control.AdmitRelayAsync();
        await relay.WaitForControlAsync().WaitAsync(HandConnection.Patience);
        Assert.That(log.Count("Warning 4 ", "not like this"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_control_server_that_is_not_trusted_is_an_error_at_once()
    {
        await using HandRelayControl control = HandRelayControl.Start();
        RelayServerOptions options = Rig.Options(control);
        options.ControlCertificateValidation = QuicCertificateValidation.Pinned(HandIdentity.Relay().Certificate);
        await using RelayServer relay = await RelayServer.StartAsync(options);
        await AssertFailsAsync(relay, "not trusted");
    }

    [Test]
    public async Task The_certificate_is_checked_with_the_file_and_the_name_of_the_options()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=control", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("control.example.net");
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        string folder = Directory.CreateTempSubdirectory("connet-relay-").FullName;
        try
        {
            string file = Path.Combine(folder, "ca.pem");
            await File.WriteAllTextAsync(file, "a comment\n" + certificate.ExportCertificatePem());
            await using HandRelayControl control = HandRelayControl.Start(QuicCertificate.FromX509Certificate(certificate));
            RelayServerOptions options = Rig.Options(control);
            options.ControlCertificateValidation = null;
            options.ControlCaFile = file;
            options.ControlName = "control.example.net";
            await using RelayServer relay = await RelayServer.StartAsync(options);
            HandRelayUplink uplink = await control.AdmitRelayAsync();
            await relay.WaitForControlAsync().WaitAsync(HandConnection.Patience);
            Assert.That(uplink.Connection.Connection.TargetHostName, Is.EqualTo("control.example.net"));

            options.ControlName = null;
            await using RelayServer misled = await RelayServer.StartAsync(options);
            await AssertFailsAsync(misled, "not trusted");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public async Task A_server_of_another_kind_is_an_error_at_once()
    {
        await using Rig other = await Rig.StartAsync();
        RelayServerOptions options = Rig.Options(other.Control, other.RelayAddress);
        options.ControlCertificateValidation = QuicCertificateValidation.Pinned(other.Uplink.ServerCertificate);
        options.ControlAddress = other.RelayAddress.ToString();

        // A relay shares the name connet-relay/0.3 with control servers; that is no control server for all that.
        await using RelayServer relay = await RelayServer.StartAsync(options);
        await AssertFailsAsync(relay, "refused");
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task Another_control_server_is_refused_and_the_sentence_says_what_to_do(int generation)
    {
        await using HandRelayControl control = HandRelayControl.Start(generations: (ProtocolGeneration)generation);
        await using RelayServer relay = await RelayServer.StartAsync(Rig.Options(control));
        HandRelayUplink uplink = await control.AdmitRelayAsync("control-1");
        await relay.WaitForControlAsync().WaitAsync(HandConnection.Patience);
        await uplink.Connection.Connection.CloseAsync(0);
        HandRelayUplink other = await control.AdmitRelayAsync("control-2");
        QuicException closed = await other.Connection.ClosedAsync();
        Assert.That((closed.QuicError, closed.ApplicationErrorCode), Is.EqualTo((QuicError.ConnectionAborted, 0)));
        RelayServerException? failure = Assert.ThrowsAsync<RelayServerException>(async () => await relay.Completion.WaitAsync(HandConnection.Patience));
        Assert.That(failure!.Message, Does.Contain("control-1").And.Contain("control-2").And.Contain("restart the relay"));
        Assert.That(relay.GetStatus().ControlState, Is.EqualTo(RelayControlState.Disconnected));
    }

    [Test]
    public async Task A_control_server_that_comes_later_is_waited_for()
    {
        GeneratedCertificate certificate = HandIdentity.Relay();
        await using HandRelayControl placeholder = HandRelayControl.Start(certificate.ToQuic(), FreePorts.Next());
        RelayServerOptions options = Rig.Options(placeholder);
        int port = placeholder.EndPoint.Port;
        Func<int> sent = CountSent(options, port);
        await placeholder.DisposeAsync();
        await using RelayServer relay = await RelayServer.StartAsync(options);
        Task waiting = relay.WaitForControlAsync();

        // The first attempt, and the one beside it that follows when nobody has answered.
        await Rig.UntilAsync(relay, _ => sent() > 1);
        Assert.That(waiting.IsCompleted, Is.False);
        Assert.That(relay.GetStatus().ControlState, Is.EqualTo(RelayControlState.NotConnected));
        await using HandRelayControl control = HandRelayControl.Start(certificate.ToQuic(), port);
        await control.AdmitRelayAsync();
        await waiting.WaitAsync(HandConnection.Patience);
    }

    [Test]
    public async Task With_fail_fast_a_control_server_that_does_not_answer_is_an_error()
    {
        await using HandRelayControl placeholder = HandRelayControl.Start();
        using Socket silent = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        RelayServerOptions options = Rig.Options(placeholder, (IPEndPoint)silent.LocalEndPoint!);
        options.FailFast = true;
        options.HandshakeIdleTimeout = TimeSpan.FromMilliseconds(500);
        await using RelayServer relay = await RelayServer.StartAsync(options);
        await AssertFailsAsync(relay, "cannot be reached");
    }

    [Test]
    public async Task With_fail_fast_an_unknown_name_is_an_error()
    {
        await using HandRelayControl placeholder = HandRelayControl.Start();
        RelayServerOptions options = Rig.Options(placeholder);
        options.ControlAddress = "no-such-host.invalid:1";
        options.FailFast = true;
        await using RelayServer relay = await RelayServer.StartAsync(options);
        await AssertFailsAsync(relay, "no-such-host.invalid");
    }

    /// <summary>Counts what the relay sends to a port of the loopback address.</summary>
    private static Func<int> CountSent(RelayServerOptions options, int port)
    {
        int sent = 0;
        options.Ingresses[0].ConfigureEndpoint = endpoint => endpoint.OutgoingFilter = remote =>
        {
            Interlocked.Add(ref sent, remote.Port == port ? 1 : 0);
            return QuicDatagramFate.Send;
        };
        return () => Volatile.Read(ref sent);
    }

    private static async Task AssertFailsAsync(RelayServer relay, string expected)
    {
        RelayServerException? waiting = Assert.ThrowsAsync<RelayServerException>(async () => await relay.WaitForControlAsync().WaitAsync(HandConnection.Patience));
        RelayServerException? completion = Assert.ThrowsAsync<RelayServerException>(async () => await relay.Completion.WaitAsync(HandConnection.Patience));
        Assert.That(waiting!.Message, Does.Contain(expected));
        Assert.That(completion!.Message, Is.EqualTo(waiting.Message));
        Assert.That(waiting.Message, Does.Not.Contain('\n').And.EndWith("."));
        await Task.CompletedTask;
    }

    /// <summary>The fields of a message, all of which are length-delimited here.</summary>
    private static List<(int Field, byte[] Value)> Fields(byte[] message)
    {
        List<(int, byte[])> fields = [];
        CodedInputStream input = new(message);
        while (input.ReadTag() is var tag and > 0)
        {
            Assert.That(tag & 7, Is.EqualTo(2));
            fields.Add(((int)(tag >> 3), input.ReadBytes().ToByteArray()));
        }

        return fields;
    }

    private static string Text((int Field, byte[] Value) field) => Encoding.UTF8.GetString(field.Value);
}
