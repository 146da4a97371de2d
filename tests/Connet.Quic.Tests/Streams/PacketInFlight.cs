using Connet.Quic.Core.Wire;

namespace Connet.Quic.Tests.Streams;

/// <summary>A packet on its way, with what its sender remembers of it.</summary>
internal sealed record PacketInFlight(bool FromServer, byte[] Bytes, SentFrame[] Frames);
