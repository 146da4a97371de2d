using Connet.Control.Diagnostics;
using Connet.Control.Relays;
using Connet.Control.Sessions;
using Connet.Protocol;
using Connet.Protocol.Control;
using Connet.Protocol.Identities;
using Connet.Protocol.Seals;
using Connet.Protocol.Timing;
using Google.Protobuf;

namespace Connet.Control.Clients;

/// <summary>What a relay stream has been told, and what it is told next: all relays, each with a proof that it alone can open.</summary>
internal sealed class RelayFeed : IResponseFeed, IDisposable
{
    private readonly ClientSession _session;
    private readonly EndpointKey _key;
    private readonly string _certificateKey;
    private readonly RelayWatch _watch;
    private readonly Dictionary<string, string> _sent = new(StringComparer.Ordinal);
    private Dictionary<RelayEntry, ByteString> _sealed = [];
    private IReadOnlyList<RelayEntry>? _current;

    private RelayFeed(ClientSession session, EndpointKey key, string certificateKey, WakeSignal changed)
    {
        _session = session;
        _key = key;
        _certificateKey = certificateKey;
        _watch = session.Server.Relays.Watch(changed);
    }

    /// <exception cref="ProtocolException">The certificate cannot be read.</exception>
    public static RelayFeed Create(ClientSession session, EndpointKey key, ReadOnlySpan<byte> clientCertificate, WakeSignal changed) =>
        CertificateInfo.TryRead(clientCertificate, out CertificateInfo? certificate)
            ? new RelayFeed(session, key, certificate.Key, changed)
            : throw new ProtocolException(ProtocolErrorCode.RelayInvalidCertificate, "The client certificate of the request for relays cannot be read.");

    /// <inheritdoc/>
    public bool HasMore { get; private set; }

    /// <inheritdoc/>
    public ValueTask AcknowledgeableAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public byte[]? Next()
    {
        IReadOnlyList<RelayEntry> newest = _watch.Current();
        if (ReferenceEquals(newest, _current))
        {
            return null;
        }

        // A relay with another certificate is another instance: as with peers, first a list without it.
        RelayEntry[] list = [.. newest.Where(entry => !_sent.TryGetValue(entry.Id, out string? certificate) || certificate == entry.CertificateKey)];
        _current = list.Length == newest.Count ? newest : null;
        HasMore = _current is null;
        _sent.Clear();
        Dictionary<RelayEntry, ByteString> seals = [];
        ByteString[] items = new ByteString[list.Length];
        for (int i = 0; i < list.Length; i++)
        {
            RelayEntry entry = list[i];
            _sent.Add(entry.Id, entry.CertificateKey);
            if (!_sealed.TryGetValue(entry, out ByteString? item))
            {
                item = entry.ToMessage(ClientProof.Seal(entry.BoxKey, _key.Name, _key.Role, _certificateKey));
            }

            seals.Add(entry, item);
            items[i] = item;
        }

        _sealed = seals;
        byte[] frame = ListFrame.Encode(Response.RelayFieldNumber, Response.Types.RelayList.RelaysFieldNumber, items, _session.Generation, out int left);
        if (left > 0)
        {
            ControlLog.ListCut(_session.Server.Logger, _key.Name, list.Length, left);
        }

        return frame;
    }

    public void Dispose() => _watch.Dispose();
}
