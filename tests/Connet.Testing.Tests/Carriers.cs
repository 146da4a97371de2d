using Connet.Client;
using Connet.Client.Peers;
using Connet.Protocol.Common;
using Connet.Quic;
using Connet.Relay.Clients;

namespace Connet.Testing.Tests;

/// <summary>The QUIC connections that carry everything between a source and a destination, each seen from both ends.</summary>
internal sealed class Carriers
{
    private readonly (QuicConnection Near, QuicConnection Far)[] _hops;

    private Carriers((QuicConnection Near, QuicConnection Far)[] hops) => _hops = hops;

    private IEnumerable<QuicConnection> Ends => _hops.SelectMany(hop => new[] { hop.Near, hop.Far });

    /// <summary>Those in use, once both sides know of them. Each of two clients may have dialled the other.</summary>
    public static async Task<Carriers> FindAsync(Scenario scenario)
    {
        Carriers? found = null;
        await scenario.UntilAsync(() => (found = TryFind(scenario)) is not null, "source and destination use the same connections");
        return found!;
    }

    /// <summary>Whether all of them are still in use.</summary>
    public bool AreInUse(Scenario scenario) => TryFind(scenario) is { } now && now.Ends.ToHashSet().IsSupersetOf(Ends) && Ends.All(end => !end.IsClosed);

    /// <summary>Whether there is no stream, no byte that waits for anybody, and at each end the credit that the other end counts on.</summary>
    public bool AreAsGoodAsNew() => _hops.All(hop => IsIdle(hop.Near) && IsIdle(hop.Far) && Credits(hop.Near, hop.Far) && Credits(hop.Far, hop.Near));

    public override string ToString() => string.Join("; ", Ends.Select(end => $"{end}: {end.GetStatistics()}"));

    private static Carriers? TryFind(Scenario scenario)
    {
        QuicConnection[] source = Connections(scenario.Source.Controlled);
        QuicConnection[] destination = Connections(scenario.Destination.Controlled);
        if (scenario.Network.AllowedRoute == ConnetRoute.Direct)
        {
            (QuicConnection, QuicConnection)[] hops = [.. from near in source from far in destination where near.IsClient != far.IsClient select (near, far)];
            return hops.Length > 0 && hops.Length == source.Length ? new Carriers(hops) : null;
        }

        RelayMember[] members = [.. scenario.Network.Relays[0].Server.Directory.Snapshot().SelectMany(endpoint => endpoint.Members)];
        return source is [var first] && destination is [var last] && members.Length == 2
            ? new Carriers(
            [
                (first, members.Single(member => member.Role == Role.Source).Connection),
                (members.Single(member => member.Role == Role.Destination).Connection, last),
            ])
            : null;
    }

    private static bool IsIdle(QuicConnection end) => end.GetStatistics() is { OpenStreams: 0, UnreadBytes: 0, UnacknowledgedBytes: 0 };

    private static bool Credits(QuicConnection sender, QuicConnection receiver) =>
        sender.GetStatistics().SendCredit == receiver.GetStatistics().ReceiveCredit;

    private static QuicConnection[] Connections(object endpoint) =>
        [.. ((PeerEndpoint)endpoint).UsablePaths().Select(usable => usable.Path.Connection)];
}
