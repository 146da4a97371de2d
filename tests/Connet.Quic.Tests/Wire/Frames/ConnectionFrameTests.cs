using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;
using CsCheck;

namespace Connet.Quic.Tests.Wire.Frames;

/// <summary>NEW_CONNECTION_ID and CONNECTION_CLOSE (RFC 9000, sections 19.15 and 19.19).</summary>
public sealed class ConnectionFrameTests
{
    [Test]
    public void New_connection_id()
    {
        Gen<NewConnectionIdFrame> frames =
            from sequence in Property.VarInts
            from retire in Gen.Long[0, sequence]
            from id in Gen.Byte.Array[1, 20]
            from token in Gen.Byte.Array[16]
            select new NewConnectionIdFrame(sequence, retire, new ConnectionId(id), new StatelessResetToken(token));
        Property.Holds(frames, frame => FrameCheck.Read(FrameCheck.Write(frame.TryWrite), FrameType.NewConnectionId, (_, ref payload) =>
            NewConnectionIdFrame.TryParse(ref payload, out NewConnectionIdFrame read) && read == frame), rounds: 200);
    }

    [TestCase(0, false)]
    [TestCase(1, true)]
    [TestCase(20, true)]
    [TestCase(21, false)]
    [TestCase(255, false)]
    public void New_connection_id_of_another_length_than_1_to_20_is_refused(int length, bool accepted)
    {
        ReadOnlySpan<byte> payload = (byte[])[3, 1, (byte)length, .. new byte[length], .. new byte[16]];
        Assert.That(NewConnectionIdFrame.TryParse(ref payload, out _), Is.EqualTo(accepted));
    }

    [TestCase(3, 3, true)]
    [TestCase(3, 4, false)]
    [TestCase(0, 1, false)]
    public void New_connection_id_cannot_retire_itself(int sequence, int retirePriorTo, bool accepted)
    {
        ReadOnlySpan<byte> payload = (byte[])[(byte)sequence, (byte)retirePriorTo, 8, .. new byte[8], .. new byte[16]];
        Assert.That(NewConnectionIdFrame.TryParse(ref payload, out _), Is.EqualTo(accepted));
    }

    [Test]
    public void Connection_close() => Property.Holds(Gen.Select(Property.VarInts, Property.VarInts, Gen.Byte.Array[0, 200], Gen.Bool), value =>
    {
        (long code, long frameType, byte[] reason, bool application) = value;
        byte[] bytes = FrameCheck.Write((ref destination) =>
            new ConnectionCloseFrame(application, code, frameType, reason).TryWrite(ref destination));
        FrameType type = application ? FrameType.ConnectionCloseApplication : FrameType.ConnectionClose;
        FrameCheck.Read(bytes, type, (found, ref payload) =>
            ConnectionCloseFrame.TryParse(found, ref payload, out ConnectionCloseFrame read)
            && read.IsApplication == application
            && read.ErrorCode == code
            && read.FrameType == (application ? 0 : frameType)
            && read.Reason.SequenceEqual(reason));
    }, rounds: 50);

    [TestCase(0x1c, "0a 02 4100 61", Description = "256 bytes of reason announced, one there")]
    [TestCase(0x1d, "0a ffffffffffffffff")]
    public void A_reason_beyond_the_packet_is_refused(int type, string hex)
    {
        ReadOnlySpan<byte> payload = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Assert.That(ConnectionCloseFrame.TryParse((FrameType)type, ref payload, out _), Is.False);
    }
}
