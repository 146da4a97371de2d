using Connet.Quic.Core;
using Connet.Quic.Core.Tls;

namespace Connet.Quic.Tests.Simulation;

/// <summary>Makes a TLS session, given the encoder of our transport parameters.</summary>
internal delegate ITlsSession TlsFactory(Func<ConnectionConfig, byte[]> encodeParameters);
