using System.Collections.Immutable;
using System.Net;

namespace Connet.Relay.Clients;

/// <summary>Which admitted connections belong to which endpoint. Thread safe.</summary>
internal sealed class EndpointDirectory(int maxPerEndpoint)
{
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
    /// A new process at the address of an old one: its connections are dead, and a probe brings the stateless reset that says so, long before the
    /// idle timeout would.
    /// </summary>
    private static void ProbeSameAddress(RelayEndpoint endpoint, RelayMember member)
    {
        IPEndPoint address = member.Connection.RemoteEndPoint;
        foreach (RelayMember other in endpoint.Members)
        {
            if (other != member && other.Connection.RemoteEndPoint.Equals(address))
            {
                other.Connection.Ping();
            }
        }
    }
}
