namespace Connet.Quic.Io;

/// <summary>The kinds of <see cref="IncomingVerdict"/>.</summary>
internal enum IncomingVerdictKind
{
    Accept,
    Refuse,
    Ignore,
}
