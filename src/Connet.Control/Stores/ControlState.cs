using System.Security.Cryptography;
using System.Text;
using Connet.Protocol.Naming;
using Connet.Protocol.Seals;

namespace Connet.Control.Stores;

/// <summary>What a control server reads from its store, or makes and stores at its first start.</summary>
internal sealed class ControlState
{
    private const string IdKey = "control-id";
    private const string ClientSecretKey = "client-reconnect-secret";
    private const string RelaySecretKey = "relay-reconnect-secret";
    private const string TokenSecretKey = "token-tag-secret";
    private const string ResetKeyPrefix = "reset-key/";
    private const int ResetKeyLength = 32;

    private readonly IControlStore _store;

    private ControlState(IControlStore store, string id, ReconnectTokens clients, ReconnectTokens relays, byte[] tokenSecret)
    {
        _store = store;
        Id = id;
        Clients = clients;
        Relays = relays;
        TokenSecret = tokenSecret;
    }

    /// <summary>The server's id, which relays remember.</summary>
    public string Id { get; }

    /// <summary>The reconnect tokens of clients.</summary>
    public ReconnectTokens Clients { get; }

    /// <summary>The reconnect tokens of relays, under a secret of their own: a client's token never makes a relay.</summary>
    public ReconnectTokens Relays { get; }

    /// <summary>The key of the hashes of tokens.</summary>
    public byte[] TokenSecret { get; }

    /// <exception cref="Connet.Protocol.ConnetException">The store failed, or holds something else under these keys.</exception>
    public static async ValueTask<ControlState> LoadAsync(IControlStore store, CancellationToken cancellationToken)
    {
        byte[] newId = Encoding.UTF8.GetBytes(ServerNames.Create(Realms.Control));
        string id = Encoding.UTF8.GetString(await store.GetOrAddAsync(IdKey, newId, cancellationToken).ConfigureAwait(false));
        if (!ServerNames.IsIn(id, Realms.Control))
        {
            throw Foreign(IdKey);
        }

        byte[] clients = await ReadSecretAsync(store, ClientSecretKey, SecretBox.KeyLength, cancellationToken).ConfigureAwait(false);
        byte[] relays = await ReadSecretAsync(store, RelaySecretKey, SecretBox.KeyLength, cancellationToken).ConfigureAwait(false);
        byte[] tokens = await ReadSecretAsync(store, TokenSecretKey, SecretBox.KeyLength, cancellationToken).ConfigureAwait(false);
        return new ControlState(store, id, new ReconnectTokens(clients), new ReconnectTokens(relays), tokens);
    }

    /// <summary>The reset key of a socket, which is named by what it is for and its address as it was configured.</summary>
    public ValueTask<byte[]> ReadResetKeyAsync(string name, CancellationToken cancellationToken) =>
        ReadSecretAsync(_store, ResetKeyPrefix + name, ResetKeyLength, cancellationToken);

    private static async ValueTask<byte[]> ReadSecretAsync(IControlStore store, string key, int length, CancellationToken cancellationToken)
    {
        byte[] stored = await store.GetOrAddAsync(key, RandomNumberGenerator.GetBytes(length), cancellationToken).ConfigureAwait(false);
        return stored.Length == length ? stored : throw Foreign(key);
    }

    private static ControlServerException Foreign(string key) =>
        new($"What the store has under '{key}' was not written by a control server: restore the store, or start with a new one.");
}
