using System.Net;
using System.Security.Cryptography;
using Connet.Client;
using Connet.Testing.Faults;

namespace Connet.Testing;

/// <summary>
/// A client of a <see cref="ConnetTestNetwork"/>. It keeps its address and its reset key when it is restarted; its sources and
/// destinations are added anew, as a new process would.
/// </summary>
public sealed class ConnetTestClient : ConnetTestParticipant
{
    private const int ResetKeyLength = 32;

    private readonly ConnetTestControl _control;
    private readonly Action<ConnetClientOptions>? _configure;
    private readonly byte[] _resetKey = RandomNumberGenerator.GetBytes(ResetKeyLength);
    private IPEndPoint _endPoint = new(IPAddress.Loopback, 0);
    private ConnetClientOptions _inUse = new();
    private ConnetClient? _client;

    internal ConnetTestClient(string name, LinkTable links, ConnetTestControl control, Action<ConnetClientOptions>? configure)
        : base(name, links) => (_control, _configure) = (control, configure);

    /// <summary>The running client.</summary>
    /// <exception cref="InvalidOperationException">It is stopped.</exception>
    public ConnetClient Client => _client ?? throw new InvalidOperationException($"The client {Name} is stopped: call StartAsync.");

    /// <summary>Where its socket is; the same after a restart.</summary>
    public IPEndPoint EndPoint => _endPoint;

    /// <summary>Starts the client, if it is stopped.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task that completes when it is authenticated.</returns>
    /// <exception cref="Connet.Protocol.ConnetException">It cannot start.</exception>
    public override async ValueTask StartAsync(CancellationToken cancellationToken = default)
    {
        if (_client is not null)
        {
            return;
        }

        ConnetClientOptions options = new()
        {
            Token = _control.ClientToken,
            Metadata = Name,
            ServerAddress = _control.ClientEndPoint.ToString(),
            ServerCertificateValidation = _control.Validation,
            DirectAddress = _endPoint.ToString(),
            StatelessResetKey = _resetKey,
        };
        _configure?.Invoke(options);
        options.ConfigureEndpoint = Filter(options.ConfigureEndpoint);
        IsDead = false;
        _inUse = options;
        ConnetClient client = new(options);
        try
        {
            await client.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        _endPoint = client.LocalEndPoint;
        Links.Register(this, [_endPoint]);
        _client = client;
    }

    /// <summary>Stops the client in order: it leaves the control server and closes its paths. Open connections may finish within its time for shutdown.</summary>
    /// <param name="cancellationToken">Ends the wait for open connections.</param>
    /// <returns>A task that completes when its socket is closed.</returns>
    public override ValueTask StopAsync(CancellationToken cancellationToken = default) => EndAsync(isKilled: false, cancellationToken);

    /// <summary>Ends the client as a killed process ends: without a word to anybody.</summary>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <returns>A task that completes when its socket is closed.</returns>
    public override ValueTask KillAsync(CancellationToken cancellationToken = default) => EndAsync(isKilled: true, cancellationToken);

    /// <summary>Stops the client in order, with no time for what is open.</summary>
    internal ValueTask EndAtOnceAsync() => EndAsync(isKilled: false, CancellationToken.None, isAtOnce: true);

    private async ValueTask EndAsync(bool isKilled, CancellationToken cancellationToken, bool isAtOnce = false)
    {
        if (Interlocked.Exchange(ref _client, null) is not { } client)
        {
            return;
        }

        IsDead = isKilled;
        if (isKilled || isAtOnce)
        {
            // It is read when a client stops.
            _inUse.ShutdownTimeout = TimeSpan.Zero;
        }

        await client.StopAsync(cancellationToken).ConfigureAwait(false);
    }
}
