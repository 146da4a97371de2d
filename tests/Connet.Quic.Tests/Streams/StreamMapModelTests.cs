using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Tests.Streams;

/// <summary>
/// Two stream maps over a pipe that loses, reorders and repeats packets, under random use, against a model of what each stream
/// carries.
/// </summary>
public sealed class StreamMapModelTests
{
    [Test]
    public void Every_byte_arrives_once_and_in_order_and_every_stream_ends([Range(0, 39)] int group)
    {
        for (int seed = group * 10; seed < (group * 10) + TestMachine.Rounds(full: 10, quick: 1); seed++)
        {
            try
            {
                new StreamSimulation(seed).Run(steps: 1500);
            }
            catch (Exception)
            {
                TestContext.Out.WriteLine($"Failing seed: {seed}");
                throw;
            }
        }
    }

    [Test]
    public void The_model_notices_a_wrong_byte()
    {
        // The test of the test: the pattern differs by stream, direction and offset.
        Assert.That(
            StreamSimulation.Pattern(new StreamId(0), false, 5),
            Is.Not.EqualTo(StreamSimulation.Pattern(new StreamId(0), false, 6)));
        Assert.That(
            StreamSimulation.Pattern(new StreamId(0), false, 5),
            Is.Not.EqualTo(StreamSimulation.Pattern(new StreamId(0), true, 5)));
        Assert.That(
            StreamSimulation.Pattern(new StreamId(0), false, 5),
            Is.Not.EqualTo(StreamSimulation.Pattern(new StreamId(4), false, 5)));
    }
}
