using Connet.Protocol;

namespace Connet.Relay.Uplink;

/// <summary>The control server could not be reached, or did not answer as it should: worth another attempt.</summary>
internal sealed class ControlUnreachableException(string message, Exception? innerException = null) : ConnetException(message, innerException);
