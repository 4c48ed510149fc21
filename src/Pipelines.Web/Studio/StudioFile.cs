using System.Text.RegularExpressions;
using Microsoft.Net.Http.Headers;

namespace Pipelines.Web.Studio;

/// <summary>A file of the designer's package, which brings its own compressed siblings.</summary>
/// <param name="Name">Relative to the package, with '/'.</param>
/// <param name="Path">Where it lies.</param>
/// <param name="ContentType">Of the file itself, compressed or not.</param>
public sealed partial record StudioFile(string Name, string Path, string ContentType)
{
    public bool HasBrotli { get; init; }

    public bool HasGzip { get; init; }

    /// <summary>True: another content would have another name, so a browser never asks again.</summary>
    public bool IsImmutable => Fingerprint().IsMatch(Name);

    /// <summary>Answers with it, or with 304 when the browser has it.</summary>
    /// <param name="http">The request says which encodings the browser takes.</param>
    /// <param name="version">The package's version: the files of one version never change.</param>
    public IResult Answer(HttpContext http, string version)
    {
        var accepted = http.Request.GetTypedHeaders().AcceptEncoding;
        var encoding = HasBrotli && Takes(accepted, "br") ? "br" : HasGzip && Takes(accepted, "gzip") ? "gzip" : null;
        var headers = http.Response.Headers;
        headers.CacheControl = IsImmutable ? "public, max-age=31536000, immutable" : "no-cache";
        if (HasBrotli || HasGzip) headers.Vary = HeaderNames.AcceptEncoding;
        if (encoding is not null) headers.ContentEncoding = encoding;
        var path = encoding switch { "br" => $"{Path}.br", "gzip" => $"{Path}.gz", _ => Path };
        return TypedResults.PhysicalFile(path, ContentType, entityTag: new EntityTagHeaderValue($"\"{version}-{encoding ?? "plain"}\""));
    }

    private static bool Takes(IList<StringWithQualityHeaderValue> accepted, string encoding) =>
        accepted.Any(value => value.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase) && value.Quality != 0);

    [GeneratedRegex(@"^_framework/.*\.[a-z0-9]{10}\.(wasm|js|dat)$")]
    private static partial Regex Fingerprint();
}
