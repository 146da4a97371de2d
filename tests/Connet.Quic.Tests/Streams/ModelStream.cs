namespace Connet.Quic.Tests.Streams;

/// <summary>One direction of one stream, as an ideal pipe would carry it.</summary>
internal sealed class ModelStream
{
    public long Written { get; set; }

    public long Read { get; set; }

    /// <summary>How much the writer still gets to write before the end of the run.</summary>
    public long Target { get; set; }

    public bool IsFinished { get; set; }

    /// <summary>The code of the writer's reset.</summary>
    public long? ResetCode { get; set; }

    /// <summary>The code of the reader's stop.</summary>
    public long? StopCode { get; set; }

    public bool IsWriterDone { get; set; }

    public bool IsReaderDone { get; set; }
}
