using Connet.Client;
using Connet.Testing.Faults;

namespace Connet.Testing;

/// <content>What goes wrong between the participants.</content>
public sealed partial class ConnetTestNetwork
{
    /// <summary>
    /// Which kinds of paths carry anything: with <see cref="ConnetRoute.Relay"/> clients cannot reach each other, with
    /// <see cref="ConnetRoute.Direct"/> clients cannot reach relays. Nobody is told: datagrams are lost, as on the network.
    /// </summary>
    /// <value><see cref="ConnetRoute.Any"/> by default.</value>
    public ConnetRoute AllowedRoute
    {
        get => _links.Allowed;
        set => _links.Allowed = value;
    }

    /// <summary>Loses every datagram between two participants.</summary>
    /// <param name="first">One.</param>
    /// <param name="second">The other.</param>
    /// <param name="direction">Which datagrams.</param>
    public void Cut(ConnetTestParticipant first, ConnetTestParticipant second, ConnetTestDirection direction = ConnetTestDirection.Both) =>
        Drop(first, second, 1, direction);

    /// <summary>Loses a part of the datagrams between two participants, at random, repeatably for a <see cref="ConnetTestNetworkOptions.Seed"/>.</summary>
    /// <param name="first">One.</param>
    /// <param name="second">The other.</param>
    /// <param name="probability">How likely a datagram is lost: 0 (none) to 1 (all).</param>
    /// <param name="direction">Which datagrams.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is out of range.</exception>
    public void Drop(
        ConnetTestParticipant first, ConnetTestParticipant second, double probability, ConnetTestDirection direction = ConnetTestDirection.Both)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(probability, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(probability, 1);
        foreach (Link link in LinksBetween(first, second, direction))
        {
            link.LossRate = probability;
        }
    }

    /// <summary>Makes every datagram between two participants late; they keep their order.</summary>
    /// <param name="first">One.</param>
    /// <param name="second">The other.</param>
    /// <param name="delay">How late; zero to one minute. Both directions together make the round trip this much longer twice.</param>
    /// <param name="direction">Which datagrams.</param>
    /// <exception cref="ArgumentOutOfRangeException">The delay is out of range.</exception>
    public void Delay(
        ConnetTestParticipant first, ConnetTestParticipant second, TimeSpan delay, ConnetTestDirection direction = ConnetTestDirection.Both)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(delay, TimeSpan.FromMinutes(1));
        foreach (Link link in LinksBetween(first, second, direction))
        {
            link.Delay = delay;
        }
    }

    /// <summary>Ends cuts, losses and delays between two participants, in both directions.</summary>
    /// <param name="first">One.</param>
    /// <param name="second">The other.</param>
    public void Heal(ConnetTestParticipant first, ConnetTestParticipant second)
    {
        foreach (Link link in LinksBetween(first, second, ConnetTestDirection.Both))
        {
            link.LossRate = 0;
            link.Delay = TimeSpan.Zero;
        }
    }

    /// <summary>Ends all cuts, losses and delays, and allows every route again.</summary>
    public void HealAll() => _links.Clear();

    private IEnumerable<Link> LinksBetween(ConnetTestParticipant first, ConnetTestParticipant second, ConnetTestDirection direction)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (direction != ConnetTestDirection.Back)
        {
            yield return _links.Between(first, second);
        }

        if (direction != ConnetTestDirection.Forth)
        {
            yield return _links.Between(second, first);
        }
    }
}
