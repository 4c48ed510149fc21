using System.IO.Pipelines;
using Pipelines.Activities.Sql;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Extracts;

/// <summary>
/// COPY … TO STDOUT → cut at row ends → compress → S3. Reading, compressing and uploading overlap; each waits for the next, so memory
/// is bounded by the pipe and the upload buffers, whatever the table's size.
/// </summary>
internal sealed class StreamedExtract(ITaskContext context, SqlSession session, PartFiles files)
{
    private const int BlockSize = 256 * 1024;
    private const int ReadAhead = 16 * BlockSize;

    /// <summary>Runs one COPY to its end and returns the files.</summary>
    public async Task<IReadOnlyList<PartFile>> RunAsync(string copySql, CancellationToken cancellation)
    {
        await session.CopyOutAsync(copySql, async source =>
        {
            var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: ReadAhead, resumeWriterThreshold: ReadAhead / 2, minimumSegmentSize: BlockSize, useSynchronizationContext: false));
            var reading = Task.Run(() => FillAsync(source, pipe.Writer, cancellation), CancellationToken.None);
            try
            {
                await DrainAsync(pipe.Reader, cancellation);
            }
            finally
            {
                await reading;
            }
            return 0;
        }, cancellation);
        var finished = await files.FinishAsync(cancellation);
        Report();
        return finished;
    }

    /// <summary>Never throws: an error reaches the other end of the pipe.</summary>
    private static async Task FillAsync(Stream source, PipeWriter writer, CancellationToken cancellation)
    {
        try
        {
            while (await FillBlockAsync(source, writer, cancellation) && !(await writer.FlushAsync(cancellation)).IsCompleted)
            {
            }
            await writer.CompleteAsync();
        }
        catch (Exception error)
        {
            await writer.CompleteAsync(error);
        }
    }

    // The driver returns at most one row per read: collecting a block first keeps the pipe's locks off the path of a row.
    private static async Task<bool> FillBlockAsync(Stream source, PipeWriter writer, CancellationToken cancellation)
    {
        var block = writer.GetMemory(BlockSize);
        var filled = 0;
        while (filled < block.Length)
        {
            var count = await source.ReadAsync(block[filled..], cancellation);
            if (count == 0) break;
            filled += count;
        }
        writer.Advance(filled);
        return filled == block.Length;
    }

    private async Task DrainAsync(PipeReader reader, CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(cancellation);
                foreach (var block in read.Buffer) await files.AppendAsync(block, cancellation);
                reader.AdvanceTo(read.Buffer.End);
                Report();
                if (read.IsCompleted) break;
            }
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }

    private void Report() => context.Report(new TaskProgress(files.Rows, files.Bytes, files.Files));
}
