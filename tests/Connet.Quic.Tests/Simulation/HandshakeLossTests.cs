using Connet.Quic.Core;

namespace Connet.Quic.Tests.Simulation;

public sealed class HandshakeLossTests
{
    private const int Datagrams = 12;

    [Test]
    public void A_handshake_survives_the_loss_of_any_one_datagram([Values] bool toServer, [Range(0, Datagrams - 1)] int lost)
    {
        QuicPair pair = new(new PairOptions { Seed = lost + 1 });
        Lose(toServer ? pair.ToServer : pair.ToClient, number => number == lost);
        pair.Connect();
    }

    [Test]
    public void A_handshake_survives_the_loss_of_any_two_datagrams([Range(0, Datagrams - 2)] int first)
    {
        for (int second = first + 1; second < Datagrams; second++)
        {
            foreach ((bool firstToServer, bool secondToServer) in new[] { (true, true), (false, false), (true, false), (false, true) })
            {
                QuicPair pair = new(new PairOptions { Seed = (first * Datagrams) + second + 1 });
                int one = first;
                int two = second;
                Lose(pair.ToServer, number => (firstToServer && number == one) || (secondToServer && number == two));
                Lose(pair.ToClient, number => (!firstToServer && number == one) || (!secondToServer && number == two));
                pair.Connect();
            }
        }
    }

    [Test]
    public void A_handshake_survives_thirty_percent_loss_for_most_seeds_in_default_time_and_for_all_in_a_minute([Values] bool patient)
    {
        ConnectionConfig config = patient
            ? new ConnectionConfig { HandshakeIdleTimeout = TimeSpan.FromMinutes(1), HandshakeTimeout = TimeSpan.FromMinutes(1), MaxIdleTimeout = TimeSpan.FromMinutes(2) }
            : new ConnectionConfig();
        int completed = 0;
        const int Seeds = 100;
        for (int seed = 1; seed <= Seeds; seed++)
        {
            LinkConditions lossy = new() { Loss = 0.3 };
            QuicPair pair = new(new PairOptions { Seed = seed, ClientToServer = lossy, ServerToClient = lossy, Client = config, Server = config });
            pair.BeginConnect();
            completed += pair.RunUntil(
                () => pair.ClientConnection.Handshake.IsConfirmed || pair.ClientConnection.CloseReason is not null, TimeSpan.FromMinutes(3))
                && pair.ClientConnection.Handshake.IsConfirmed ? 1 : 0;
        }

        TestContext.Out.WriteLine($"{completed} of {Seeds} handshakes completed");
        Assert.That(completed, Is.GreaterThanOrEqualTo(patient ? Seeds : Seeds * 9 / 10));
    }

    private static void Lose(SimulatedLink link, Func<int, bool> isLost)
    {
        int number = 0;
        link.Filter = _ => !isLost(number++);
    }
}
