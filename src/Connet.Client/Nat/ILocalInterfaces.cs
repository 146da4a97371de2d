namespace Connet.Client.Nat;

/// <summary>The machine's network interfaces.</summary>
internal interface ILocalInterfaces
{
    /// <summary>Raised when addresses came or went. Handlers only signal.</summary>
    event Action? Changed;

    /// <summary>The interfaces right now.</summary>
    /// <exception cref="System.Net.NetworkInformation.NetworkInformationException">The system does not say.</exception>
    IReadOnlyList<LocalInterface> Read();
}
