using System.Globalization;
using System.Net;
using Pipelines.LocalCloud.S3.Objects;

namespace Pipelines.LocalCloud.S3.Requests;

/// <summary>The bytes of an object that a request asks for.</summary>
/// <param name="Offset">From 0.</param>
/// <param name="Length">In bytes.</param>
/// <param name="Partial">Whether the answer is 206.</param>
internal readonly record struct ByteRange(long Offset, long Length, bool Partial)
{
    /// <summary>Reads a Range header. One that is no single byte range is ignored, as RFC 9110 says and S3 does.</summary>
    /// <exception cref="S3Failure">InvalidRange: no byte of the object is in it.</exception>
    public static ByteRange Parse(string? header, long size)
    {
        const string Unit = "bytes=";
        var all = new ByteRange(0, size, Partial: false);
        if (header is null || !header.StartsWith(Unit, StringComparison.OrdinalIgnoreCase))
            return all;
        var ends = header[Unit.Length..].Split('-');
        if (ends.Length != 2)
            return all;
        var first = Number(ends[0]);
        var last = Number(ends[1]);
        if (first is null && ends[0].Trim().Length == 0 && last is { } suffix)
            return suffix > 0 && size > 0 ? Of(Math.Max(0, size - suffix), size - 1) : throw Outside(header, size);
        if (first is not { } start || (last is null && ends[1].Trim().Length > 0) || last < start)
            return all;
        return start < size ? Of(start, Math.Min(last ?? long.MaxValue, size - 1)) : throw Outside(header, size);
    }

    /// <summary>The bytes of one part of an upload in parts; part 1 of any other object is all of it.</summary>
    public static ByteRange OfPart(ObjectRecord record, int number)
    {
        var sizes = record.PartSizes.IsDefaultOrEmpty ? [record.Size] : record.PartSizes;
        return number <= sizes.Length
            ? new(sizes.Take(number - 1).Sum(), sizes[number - 1], Partial: true)
            : throw new S3Failure(HttpStatusCode.RequestedRangeNotSatisfiable, "InvalidPartNumber", "The requested partnumber is not satisfiable.");
    }

    private static ByteRange Of(long first, long last) => new(first, last - first + 1, Partial: true);

    private static long? Number(string text) => long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static S3Failure Outside(string header, long size) =>
        new S3Failure(HttpStatusCode.RequestedRangeNotSatisfiable, "InvalidRange", "The requested range is not satisfiable.")
            .With("RangeRequested", header).With("ActualObjectSize", size.ToString(CultureInfo.InvariantCulture));
}
