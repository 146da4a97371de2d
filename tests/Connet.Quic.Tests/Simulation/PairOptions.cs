using Connet.Quic.Core;
using Connet.Quic.Core.Tls;

namespace Connet.Quic.Tests.Simulation;

/// <summary>How a <see cref="QuicPair"/> is set up.</summary>
internal sealed record PairOptions
{
    public int Seed { get; init; } = 1;

    public LinkConditions ClientToServer { get; init; } = new();

    public LinkConditions ServerToClient { get; init; } = new();

    public ConnectionConfig Client { get; init; } = new();

    public ConnectionConfig Server { get; init; } = new();

    public bool Retry { get; init; }

    public string ServerName { get; init; } = "server.example";

    public byte[][] ClientAlpn { get; init; } = ["test"u8.ToArray()];

    public TlsIdentity ServerIdentity { get; init; } = SimulationIdentity.Server;

    public int ClientSegments { get; init; } = 10;

    public int ServerSegments { get; init; } = 10;

    public TlsIdentity? ClientCertificate { get; init; }

    public ClientCertificateMode ClientCertificates { get; init; }
}
