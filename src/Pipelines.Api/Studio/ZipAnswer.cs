using System.IO.Compression;
using Microsoft.AspNetCore.Http;

namespace Pipelines.Api.Studio;

/// <summary>Several files in one answer.</summary>
internal static class ZipAnswer
{
    /// <summary>A zip file of them.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="files">Names and contents.</param>
    /// <param name="cancellation">Stops writing.</param>
    public static async Task<IResult> OfAsync(string name, IEnumerable<(string Name, byte[] Content)> files, CancellationToken cancellation)
    {
        using var zip = new MemoryStream();
        await using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var file in files)
            {
                await using var entry = await archive.CreateEntry(file.Name).OpenAsync(cancellation);
                await entry.WriteAsync(file.Content, cancellation);
            }
        }
        return Results.File(zip.ToArray(), "application/zip", name);
    }
}
