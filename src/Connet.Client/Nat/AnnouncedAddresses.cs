using System.Net;
using System.Net.NetworkInformation;
using Connet.Client.Control;
using Connet.Client.Diagnostics;
using Connet.Protocol.Addressing;
using Connet.Protocol.Common;
using Connet.Protocol.Timing;

namespace Connet.Client.Nat;

/// <summary>
/// The addresses that this client announces now. They are looked at again when a control connection is made, and a moment after the
/// system says that addresses came or went.
/// </summary>
internal sealed class AnnouncedAddresses : IAsyncDisposable
{
    /// <summary>Changes come in bursts: an interface that comes up gets its addresses one by one.</summary>
    private static readonly TimeSpan s_burst = TimeSpan.FromMilliseconds(250);

    private readonly ClientContext _context;
    private readonly ILocalInterfaces _interfaces;
    private readonly WakeSignal _interfacesChanged = new();
    private readonly CancellationTokenSource _stopped = new();
    private readonly Lock _lock = new();
    private volatile IReadOnlyList<IPEndPoint> _current = [];
    private volatile IReadOnlyList<IPEndPoint> _local = [];
    private IPEndPoint? _reflexive;
    private Task _watching = Task.CompletedTask;

    /// <param name="context">The client.</param>
    /// <param name="interfaces">The machine's interfaces.</param>
    public AnnouncedAddresses(ClientContext context, ILocalInterfaces interfaces)
    {
        _context = context;
        _interfaces = interfaces;
    }

    /// <summary>Raised when <see cref="Current"/> has changed. Handlers only signal.</summary>
    public event Action? Changed;

    /// <summary>Raised when the system says that addresses came or went, whatever that means for <see cref="Current"/>. Handlers only signal.</summary>
    public event Action? NetworkChanged;

    /// <summary>The addresses, the most useful first.</summary>
    public IReadOnlyList<IPEndPoint> Current => _current;

    /// <summary>The addresses of this machine's interfaces among them.</summary>
    public IReadOnlyList<IPEndPoint> Local => _local;

    /// <summary>The addresses, as a message carries them.</summary>
    public IEnumerable<AddrPort> ToMessages() => _current.Select(AddressMessages.ToAddrPort);

    /// <summary>Begins to follow the system's changes.</summary>
    public void Start()
    {
        _interfaces.Changed += _interfacesChanged.Set;
        Refresh();
        _watching = WatchAsync();
    }

    /// <summary>Takes the address that a new control connection has shown.</summary>
    public void SetReflexive(IPEndPoint endPoint)
    {
        lock (_lock)
        {
            _reflexive = endPoint;
        }

        Refresh();
    }

    /// <summary>Ends following the system's changes.</summary>
    public async ValueTask DisposeAsync()
    {
        _interfaces.Changed -= _interfacesChanged.Set;
        await _stopped.CancelAsync().ConfigureAwait(false);
        await QuietTasks.QuietlyAsync(_watching).ConfigureAwait(false);
    }

    private async Task WatchAsync()
    {
        while (true)
        {
            await _interfacesChanged.WaitAsync(_stopped.Token).ConfigureAwait(false);
            await _context.Clock.DelayAsync(s_burst, _stopped.Token).ConfigureAwait(false);
            Refresh();
            NetworkChanged?.Invoke();
        }
    }

    private void Refresh()
    {
        IReadOnlyList<LocalInterface> interfaces = ReadInterfaces();
        lock (_lock)
        {
            IReadOnlyList<IPEndPoint> now = LocalAddresses.Select(
                _reflexive is { } seen ? [seen] : [], interfaces, _context.Endpoint.LocalEndPoint, _context.UsesLoopback);
            _local = [.. LocalAddresses.Select([], interfaces, _context.Endpoint.LocalEndPoint, _context.UsesLoopback).Where(now.Contains)];
            if (now.SequenceEqual(_current))
            {
                return;
            }

            _current = now;
        }

        ControlLog.AddressesChanged(_context.Logger, string.Join(", ", _current));
        Changed?.Invoke();
    }

    private IReadOnlyList<LocalInterface> ReadInterfaces()
    {
        try
        {
            return _interfaces.Read();
        }
        catch (Exception exception) when (exception is NetworkInformationException or IOException or PlatformNotSupportedException)
        {
            ControlLog.InterfacesUnreadable(_context.Logger, exception.Message);
            return [];
        }
    }
}
