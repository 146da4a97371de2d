using Connet.Quic.Io;

namespace Connet.Quic.Tests.Io;

public sealed class UseGateTests
{
    [Test]
    public void The_last_to_leave_a_closed_gate_releases_once()
    {
        int releases = 0;
        UseGate gate = new(() => releases++);
        Assert.That(gate.TryEnter(), Is.True);
        Assert.That(gate.TryEnter(), Is.True);
        gate.Close();
        Assert.That(gate.TryEnter(), Is.False);
        gate.Exit();
        Assert.That((releases, gate.Released.IsCompleted), Is.EqualTo((0, false)), "somebody is inside");
        gate.Exit();
        Assert.That((releases, gate.Released.IsCompleted), Is.EqualTo((1, true)));
    }

    [Test]
    public void An_open_gate_is_never_released()
    {
        int releases = 0;
        UseGate gate = new(() => releases++);
        gate.TryEnter();
        gate.Exit();
        Assert.That((releases, gate.Released.IsCompleted, gate.IsClosed), Is.EqualTo((0, false, false)));
    }

    [Test]
    public void A_release_that_fails_is_a_release()
    {
        UseGate gate = new(() => throw new InvalidOperationException("no"));
        gate.TryEnter();
        gate.Close();
        Assert.That(gate.Exit, Throws.InvalidOperationException);
        Assert.That(gate.Released.IsCompletedSuccessfully, Is.True);
    }
}
