using System.Collections.Immutable;
using System.Net;
using Connet.Protocol;
using Connet.Protocol.Timing;

namespace Connet.Relay.Clients;

/// <summary>Which admitted connections belong to which endpoint. Thread safe.</summary>
internal sealed class EndpointDirectory(int maxPerEndpoint, TimeProvider clock)
{
    /// <summary>How long a connection whose address has another one may be silent; a live one answers within a round trip.</summary>
    private static readonly TimeSpan s_answer = TimeSpan.FromSeconds(3);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, RelayEndpoint> _endpoints = new(StringComparer.Ordinal);

    /// <summary>All endpoints that have connections.</summary>
    public IReadOnlyList<RelayEndpoint> Snapshot()
    {
        lock (_lock)
        {
            return [.. _endpoints.Values];
        }
    }

    /// <summary>Adds a connection; an older one with the same certificate and role is taken out of use.</summary>
    /// <returns>The endpoint; null if it has too many connections.</returns>
    public RelayEndpoint? Add(RelayMember member)
    {
        RelayEndpoint? endpoint;
        RelayMember? replaced;
        lock (_lock)
        {
            if (!_endpoints.TryGetValue(member.Endpoint, out endpoint))
            {
                _endpoints[member.Endpoint] = endpoint = new RelayEndpoint(member.Endpoint);
            }

            replaced = endpoint.Members.FirstOrDefault(other => other.Role == member.Role && other.CertificateKey == member.CertificateKey);
            ImmutableArray<RelayMember> others = replaced is null ? endpoint.Members : endpoint.Members.Remove(replaced);
            if (others.Length >= maxPerEndpoint)
            {
                return null;
            }

            endpoint.Set(others.Add(member));
        }

        replaced?.Replace();
        ProbeSameAddress(endpoint, member);
        return endpoint;
    }

    /// <summary>Removes a connection, if it is still there.</summary>
    public void Remove(RelayMember member)
    {
        lock (_lock)
        {
            if (!_endpoints.TryGetValue(member.Endpoint, out RelayEndpoint? endpoint) || !endpoint.Members.Contains(member))
            {
                return;
            }

            endpoint.Set(endpoint.Members.Remove(member));
            if (endpoint.Members.IsEmpty)
            {
                _endpoints.Remove(member.Endpoint);
            }
        }
    }

    /// <summary>
    /// A new process at the address of an old one: its connections are dead. They are asked last from now on, and closed unless they answer, long
    /// before the idle timeout. A server often cannot tell a client's stateless reset: the first connection ID of a client has no token for it.
    /// </summary>
    private void ProbeSameAddress(RelayEndpoint endpoint, RelayMember member)
    {
        IPEndPoint address = member.Connection.RemoteEndPoint;
        foreach (RelayMember other in endpoint.Members)
        {
            if (other != member && other.Connection.RemoteEndPoint.Equals(address))
            {
                _ = ProbeAsync(other);
            }
        }
    }

    private async Task ProbeAsync(RelayMember member)
    {
        long packets = member.Connection.GetStatistics().PacketsReceived;
        member.MarkUnanswered(packets);
        member.Connection.Ping();
        await clock.DelayAsync(s_answer, CancellationToken.None).ConfigureAwait(false);
        if (member.Connection.GetStatistics().PacketsReceived == packets)
        {
            await member.Connection
                .CloseAsync((long)ProtocolErrorCode.Unknown, "its address belongs to another process", CancellationToken.None).ConfigureAwait(false);
        }
    }
}
