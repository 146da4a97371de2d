using System.Net.Security;
using System.Runtime.CompilerServices;

namespace Connet.Client.Endpoints;

/// <summary>
/// Why a certificate was refused, kept with the stream of its handshake: <see cref="SslStream"/> itself only says that some callback refused it.
/// </summary>
internal static class CertificateVerdicts
{
    private static readonly ConditionalWeakTable<object, string> s_refusals = [];

    /// <summary>Keeps a reason.</summary>
    public static void Refuse(object stream, string reason) => s_refusals.AddOrUpdate(stream, reason);

    /// <summary>The reason, if there is one.</summary>
    public static string? Of(SslStream stream) => s_refusals.TryGetValue(stream, out string? reason) ? reason : null;
}
