using System.Buffers;

namespace Pipelines.LocalCloud.AwsS3;

/// <summary>Where a file that COPY wrote may be cut so that every part has whole rows.</summary>
internal static class RowCuts
{
    private const int BufferBytes = 128 * 1024;

    /// <summary>The ends of the parts, in bytes from the file's start; the last one is its length. A row longer than a part gets a part of its own.</summary>
    public static async Task<IReadOnlyList<long>> FindAsync(Stream file, RowEnds rows, long maxBytes, CancellationToken cancel)
    {
        if (file.Length <= maxBytes || !rows.CanBeCut)
            return [file.Length];
        List<long> cuts = [];
        long position = 0, start = 0, lastRowEnd = 0;
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            int read;
            while ((read = await file.ReadAsync(buffer.AsMemory(0, BufferBytes), cancel)) > 0)
            {
                for (var i = 0; i < read; i++)
                {
                    position++;
                    if (!rows.EndsWith(buffer[i]))
                        continue;
                    if (position - start > maxBytes && lastRowEnd > start)
                        cuts.Add(start = lastRowEnd);
                    lastRowEnd = position;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        cuts.Add(file.Length);
        return cuts;
    }
}
