using Connet.Quic.Core;

namespace Connet.Quic.Tests.Simulation;

/// <summary>Runs a <see cref="TransferPlan"/> over a pair.</summary>
internal sealed class Transfer(QuicPair pair, TransferPlan plan, int seed)
{
    private readonly Dictionary<Connection, TransferEnd> _ends = [];

    public TransferEnd? Client => _ends.Values.FirstOrDefault(static end => end.Connection.IsClient);

    public TransferEnd? Server => _ends.Values.FirstOrDefault(static end => !end.Connection.IsClient);

    public bool IsDone => Client is { IsDone: true } && Server is { IsDone: true };

    /// <summary>Goes on until both ends are done, or a connection that takes part ends; false at the limit too.</summary>
    public bool Run(TimeSpan limit)
    {
        Deliver();
        bool stopped = pair.RunUntil(
            () =>
            {
                Deliver();
                return IsDone || pair.ClientConnection.CloseReason is not null || Server?.Connection.CloseReason is not null;
            },
            limit);
        return stopped && IsDone;
    }

    public string Describe() =>
        $"client {QuicPair.Describe(pair.ClientConnection)} {Client?.Describe()}\nserver {QuicPair.Describe(pair.Server)} {Server?.Describe()}";

    /// <summary>Hands all events to the ends, until there are no more.</summary>
    public void Deliver()
    {
        while (Deliver(pair.Client) | Deliver(pair.Server))
        {
            pair.Pump();
        }
    }

    private bool Deliver(SimulatedHost host)
    {
        bool any = false;
        foreach ((Connection connection, Queue<ConnectionEvent> events) in host.Events)
        {
            while (events.TryDequeue(out ConnectionEvent connectionEvent))
            {
                any = true;
                if (connectionEvent.Kind == ConnectionEventKind.HandshakeCompleted && !_ends.ContainsKey(connection))
                {
                    TransferEnd end = new(connection, !connection.IsClient, plan, seed + _ends.Count);
                    _ends.Add(connection, end);
                    end.Start(pair.Now);
                }
                else if (connectionEvent.Kind == ConnectionEventKind.Stream && _ends.TryGetValue(connection, out TransferEnd? end))
                {
                    end.Handle(pair.Now, connectionEvent.Stream);
                }
            }
        }

        return any;
    }
}
