using System.Collections.Concurrent;
using Connet.Quic.Core.Tls;

namespace Connet.Quic.Tests.Tls;

/// <summary>Self-signed identities shared by the handshake tests.</summary>
internal static class Identities
{
    private static readonly ConcurrentDictionary<string, TlsIdentity> _cache = new();

    public static TlsIdentity Server => Get("ed25519", "a.example");

    public static TlsIdentity Client => Get("ed25519", "client");

    public static TlsIdentity Get(string kind, string name) =>
        _cache.GetOrAdd($"{kind} {name}", _ => TestCertificate.Issue(TestKey.OfKind(kind), name).ToIdentity());
}
