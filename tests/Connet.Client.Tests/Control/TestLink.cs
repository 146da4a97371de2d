using System.Net;
using Connet.Client.Control;
using Connet.HandPeer;
using Connet.Quic;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connet.Client.Tests.Control;

/// <summary>A control link towards a hand-driven server.</summary>
internal sealed class TestLink : IAsyncDisposable
{
    private readonly QuicEndpoint _endpoint;

    private TestLink(QuicEndpoint endpoint, ControlLink link, ClientContext context) => (_endpoint, Link, Context) = (endpoint, link, context);

    public ControlLink Link { get; }

    public ClientContext Context { get; }

    public FakeInterfaces Interfaces { get; private init; } = new();

    public IPEndPoint LocalEndPoint => _endpoint.LocalEndPoint;

    /// <summary>Starts a link that trusts the server's certificate.</summary>
    public static TestLink Start(HandControlServer server, Action<ConnetClientOptions>? configure = null, ILogger? logger = null, params IControlledEndpoint[] endpoints)
    {
        ConnetClientOptions options = new()
        {
            Token = "the token",
            Metadata = "a test",
            ServerAddress = server.EndPoint.ToString(),
            ServerCertificateValidation = QuicCertificateValidation.Pinned(server.Certificate.RawData),
        };
        configure?.Invoke(options);
        QuicEndpoint endpoint = QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 0) });
        ClientContext context = new(endpoint, options, logger ?? NullLogger.Instance);
        FakeInterfaces interfaces = new();
        TestLink link = new(endpoint, new ControlLink(context, ServerTrust.Of(options), interfaces), context) { Interfaces = interfaces };
        foreach (IControlledEndpoint each in endpoints)
        {
            link.Link.Add(each);
        }

        link.Link.Start();
        return link;
    }

    public static TestLink Start(HandControlServer server, params IControlledEndpoint[] endpoints) => Start(server, null, null, endpoints);

    public Task AuthenticatedAsync() => Link.Authenticated.WaitAsync(HandConnection.Patience);

    /// <summary>Waits for the link to give up.</summary>
    public ConnetClientException Failure() =>
        Assert.ThrowsAsync<ConnetClientException>(async () => await Link.Completion.WaitAsync(HandConnection.Patience))!;

    /// <summary>Waits for a line of the log.</summary>
    public async Task LoggedAsync(LogLines log, string text, int times = 1)
    {
        using CancellationTokenSource patience = new(HandConnection.Patience);
        Task found = log.WaitForAsync(text, times, patience.Token);
        Task first = await Task.WhenAny(found, Link.Completion);
        Assert.That(first, Is.SameAs(found), $"the link ended: {Link.Completion.Exception?.Message}");
        await found;
    }

    public async ValueTask DisposeAsync()
    {
        await Link.DisposeAsync();
        await _endpoint.DisposeAsync();
    }
}
