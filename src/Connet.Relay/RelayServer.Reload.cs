using Connet.Protocol.Restrictions;
using Connet.Relay.Diagnostics;
using Connet.Relay.Uplink;
using Microsoft.Extensions.Options;

namespace Connet.Relay;

/// <content>What changes without a restart.</content>
public sealed partial class RelayServer
{
    private readonly SemaphoreSlim _reloading = new(1, 1);
    private readonly (string Name, object? Value)[] _fixed;

    /// <summary>
    /// Applies other options. The rules for addresses of the ingresses hold at once: a connection whose address is not permitted any more is
    /// closed with code 100, others go on undisturbed. Token, metadata, name and certificates of the control server are used for the next
    /// connection to it; the present one goes on for as long as the control server permits it, because other programs drop a relay that
    /// leaves. If anything is wrong with the options, nothing has changed. Concurrent calls take place one after the other.
    /// </summary>
    /// <param name="options">
    /// All of the options, not just those that differ. Everything else must be the same as before; what is an object of the application's
    /// (clock, logging, <see cref="RelayIngressOptions.ConfigureEndpoint"/>) is not looked at. Do not change them afterwards.
    /// </param>
    /// <param name="cancellationToken">Gives up, before anything has changed.</param>
    /// <returns>A task that completes when the options hold, and who is not permitted any more has been told.</returns>
    /// <exception cref="OptionsValidationException">An option is missing or out of range.</exception>
    /// <exception cref="RelayServerException">An option cannot change, a file cannot be read, or the relay has stopped.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task ReloadAsync(RelayServerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        await _reloading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (FindReloadProblem(options) is { } problem)
            {
                throw new RelayServerException($"The relay keeps its options: {problem}");
            }

            UplinkIdentity identity = UplinkIdentity.Of(options);
            IpRestriction[] rules = [.. IngressesOf(options).Select(each => IpRestriction.Parse(each.AllowCidrs, each.DenyCidrs))];
            cancellationToken.ThrowIfCancellationRequested();
            lock (_lock)
            {
                if (_stopped is not null)
                {
                    throw new RelayServerException("The relay keeps its options: it has stopped.");
                }
            }

            // Nothing fails from here on.
            foreach ((RelaySocket socket, IpRestriction addresses) in _sockets.Zip(rules))
            {
                socket.Addresses = addresses;
            }

            _uplinkSettings.Identity = identity;
            await _clients.RecheckAsync().ConfigureAwait(false);
            RelayLog.Reloaded(_logger);
        }
        finally
        {
            _reloading.Release();
        }
    }

    /// <summary>Says whether a running relay could take other options. Reads no files.</summary>
    /// <param name="options">Options that are valid by themselves.</param>
    /// <returns>Which option cannot change, in one sentence; null if none has.</returns>
    public string? FindReloadProblem(RelayServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        foreach (((string name, object? value), (string _, object? old)) in FixedValues(options).Zip(_fixed))
        {
            if (!Equals(value, old))
            {
                return $"{name} was {old ?? "none"} and cannot become {value ?? "none"} while the relay runs: restart it for that.";
            }
        }

        return null;
    }

    /// <summary>What cannot change while the relay runs; always the same ones in the same order.</summary>
    private static IEnumerable<(string Name, object? Value)> FixedValues(RelayServerOptions options)
    {
        IList<RelayIngressOptions> ingresses = IngressesOf(options);
        return
        [
            ("The number of Ingresses", ingresses.Count),
            ("The list of addresses of Ingresses", string.Join(", ", ingresses.Select(each => $"'{each.Address}'"))),
            ("The list of HostPorts of Ingresses", string.Join("; ", ingresses.Select(each => string.Join(", ", each.HostPorts.Select(host => $"'{host}'"))))),
            (nameof(options.ControlAddress), options.ControlAddress),
            (nameof(options.StateDirectory), options.StateDirectory),
            (nameof(options.HandshakeIdleTimeout), options.HandshakeIdleTimeout),
            (nameof(options.ControlGracePeriod), options.ControlGracePeriod),
            (nameof(options.LivenessInterval), options.LivenessInterval),
            (nameof(options.LivenessTimeout), options.LivenessTimeout),
            (nameof(options.ReconnectBackoffInitial), options.ReconnectBackoffInitial),
            (nameof(options.ReconnectBackoffMax), options.ReconnectBackoffMax),
            (nameof(options.FailFast), options.FailFast),
            (nameof(options.AuthenticationTimeout), options.AuthenticationTimeout),
            (nameof(options.RequestTimeout), options.RequestTimeout),
            (nameof(options.DestinationTimeout), options.DestinationTimeout),
            (nameof(options.HedgeDelay), options.HedgeDelay),
            (nameof(options.ShutdownTimeout), options.ShutdownTimeout),
            (nameof(options.MaxUnauthenticatedConnections), options.MaxUnauthenticatedConnections),
            (nameof(options.MaxConnectionsPerEndpoint), options.MaxConnectionsPerEndpoint),
            (nameof(options.MaxStreamsPerConnection), options.MaxStreamsPerConnection),
        ];
    }
}
