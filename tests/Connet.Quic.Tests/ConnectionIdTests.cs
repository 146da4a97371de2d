using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Tests;

public sealed class ConnectionIdTests
{
    [Test]
    public void Every_length_round_trips_and_differs_from_its_neighbour()
    {
        byte[] bytes = new byte[ConnectionId.MaxLength];
        for (int length = 0; length <= ConnectionId.MaxLength; length++)
        {
            ConnectionId id = new(bytes.AsSpan(0, length));
            Assert.That(id.ToArray(), Is.EqualTo(bytes[..length]));
            Assert.That(id, Is.EqualTo(new ConnectionId(bytes.AsSpan(0, length))));
            if (length > 0)
            {
                Assert.That(id, Is.Not.EqualTo(new ConnectionId(bytes.AsSpan(0, length - 1))), "the length is part of the identity");
            }
        }
    }
}
