using Connet.Client.Nat;

namespace Connet.Client.Tests.Control;

/// <summary>Interfaces that the test sets.</summary>
internal sealed class FakeInterfaces : ILocalInterfaces
{
    public event Action? Changed;

    public IReadOnlyList<LocalInterface> Interfaces { get; set; } = [];

    /// <summary>Whether somebody follows the changes.</summary>
    public bool IsWatched => Changed is not null;

    public IReadOnlyList<LocalInterface> Read() => Interfaces;

    public void Raise() => Changed?.Invoke();
}
