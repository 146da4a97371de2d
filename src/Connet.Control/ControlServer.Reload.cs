using Connet.Control.Auth;
using Connet.Control.Clients;
using Connet.Control.Diagnostics;
using Connet.Control.Ingresses;
using Connet.Control.Relays;
using Connet.Control.Stores;
using Connet.Protocol;

namespace Connet.Control;

/// <content>What survives a restart, and what changes without one.</content>
public sealed partial class ControlServer
{
    private readonly SemaphoreSlim _reloading = new(1, 1);
    private readonly (string Name, object Value)[] _fixed;

    /// <summary>
    /// Applies other options: tokens, their restrictions, the rules for addresses of the ingresses, and certificates, whose files are read
    /// again. What is permitted goes on undisturbed. A connection whose token is gone, or that is not permitted any more, is closed with
    /// code 100; a stream whose name or role is not permitted any more ends with 101 or 102. New handshakes meet the new certificates. If
    /// anything is wrong with the options, nothing has changed. Concurrent calls take place one after the other.
    /// </summary>
    /// <param name="options">
    /// All of the options, not just those that differ. Addresses, the number of ingresses, the expiry and the limits must be the same as
    /// before; what is an object of the application's (store, clock, logging, <see cref="ControlIngressOptions.ConfigureEndpoint"/>) is not
    /// looked at. Do not change them afterwards.
    /// </param>
    /// <param name="cancellationToken">Gives up, before anything has changed.</param>
    /// <returns>A task that completes when the options hold, and who is not permitted any more has been told.</returns>
    /// <exception cref="ConnetException">An option is not valid or cannot change, a file cannot be read, a key does not fit its certificate, or the server has stopped.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task ReloadAsync(ControlServerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] problems = [.. options.Validate()];
        if (problems.Length > 0)
        {
            throw Refused(string.Join(" ", problems));
        }

        await _reloading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (((string name, object value), (string _, object old)) in FixedValues(options).Zip(_fixed))
            {
                if (!value.Equals(old))
                {
                    throw Refused($"{name} was {old} and cannot become {value} while the server runs: restart it for that.");
                }
            }

            List<IngressPlan> plans = await PlanAsync(options, isBound: true, cancellationToken).ConfigureAwait(false);
            AccessRules rules = CreateRules(options, _context.State, _context.Logger);
            cancellationToken.ThrowIfCancellationRequested();
            if (_isStopping)
            {
                throw Refused("The server has stopped.");
            }

            await ApplyAsync(plans, rules).ConfigureAwait(false);
        }
        finally
        {
            _reloading.Release();
        }
    }

    private static ControlServerException Refused(string reason) => new($"The control server keeps its options: {reason}");

    /// <summary>What cannot change while the server runs; always as many values, in the same order, for as many ingresses.</summary>
    private static IEnumerable<(string Name, object Value)> FixedValues(ControlServerOptions options)
    {
        (ConnectionKind Kind, ControlIngressOptions Options)[] ingresses = [.. IngressesOf(options)];
        foreach ((ConnectionKind kind, string list) in
            new[] { (ConnectionKind.ControlClients, nameof(options.ClientIngresses)), (ConnectionKind.ControlRelays, nameof(options.RelayIngresses)) })
        {
            ControlIngressOptions[] of = [.. ingresses.Where(each => each.Kind == kind).Select(each => each.Options)];
            yield return ($"The number of {list}", of.Length);
            yield return ($"The list of addresses of {list}", string.Join(", ", of.Select(each => $"'{IngressPlan.AddressOf(kind, each)}'")));
        }

        yield return (nameof(options.EndpointExpiry), options.EndpointExpiry);
        foreach ((string name, object value) in options.Limits.Values())
        {
            yield return ($"Limits.{name}", value);
        }
    }

    /// <summary>Nothing in here fails. First the rules, then those who live by them: whoever comes in between is judged by the new ones.</summary>
    private async Task ApplyAsync(List<IngressPlan> plans, AccessRules rules)
    {
        foreach ((Ingress ingress, IngressPlan plan) in _clients.Concat(_relays).Zip(plans))
        {
            ingress.Plan = plan;
        }

        _context.Rules = rules;
        List<Task> told = [];
        foreach (ClientSession session in _context.Clients.Sessions)
        {
            told.Add(session.RecheckAsync());
        }

        foreach (RelaySession session in _context.RelaySessions.Keys)
        {
            told.Add(session.RecheckAsync());
        }

        _context.Endpoints.Recheck(announcement => StoredAnnouncements.IsPermitted(announcement, rules));
        await Task.WhenAll(told).ConfigureAwait(false);
        ControlLog.Reloaded(_context.Logger);
    }

    /// <summary>Reads what the process before this one has left.</summary>
    /// <returns>Lists it, and begins to write.</returns>
    private async ValueTask<Action> ReadAnnouncementsAsync(ControlServerOptions options, CancellationToken cancellationToken)
    {
        if (_journal is not { } journal || options.Store is not { } store)
        {
            return static () => { };
        }

        IReadOnlyList<StoredAnnouncement> stored = await store.GetAnnouncementsAsync(cancellationToken).ConfigureAwait(false);
        DateTimeOffset? alive = await journal.ReadAliveAsync(cancellationToken).ConfigureAwait(false);
        DateTimeOffset now = _context.Clock.GetUtcNow();
        Announcement[] announcements = [.. stored.Select(each => StoredAnnouncements.Read(each, alive ?? each.Since, now))];
        return () =>
        {
            journal.Start(stored.Select(StoredAnnouncements.KeyOf));
            int dropped = 0;
            foreach (Announcement announcement in announcements.OrderBy(each => each.LostAt))
            {
                TimeSpan left = options.EndpointExpiry - (now - announcement.LostAt!.Value);
                if (left > TimeSpan.Zero && StoredAnnouncements.IsPermitted(announcement, _context.Rules))
                {
                    _context.Endpoints.Restore(announcement, left);
                }
                else
                {
                    dropped++;
                    journal.Record(StoredAnnouncements.KeyOf(announcement.Key, announcement.Id), null);
                }
            }

            if (announcements.Length > 0)
            {
                ControlLog.Restored(_context.Logger, announcements.Length - dropped, dropped);
            }
        };
    }
}
