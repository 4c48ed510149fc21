using System.Net;
using System.Net.Sockets;

namespace Pipelines.TestKit.Faults;

/// <summary>A request on its way to S3 (path-style addresses).</summary>
/// <param name="Operation">S3's name of it, e.g. <c>UploadPart</c>.</param>
/// <param name="Key">The object's key; empty for a request about a bucket.</param>
/// <param name="Part">The number of the part; 0 for any other request.</param>
public sealed record S3Request(string Operation, string Key, int Part)
{
    /// <summary>Reads a request line's method and target.</summary>
    internal static S3Request Of(string method, string target)
    {
        var parts = target.Split('?', 2);
        var parameters = parts.Skip(1).SelectMany(query => query.Split('&', StringSplitOptions.RemoveEmptyEntries)).Select(pair => pair.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair.Length > 1 ? Uri.UnescapeDataString(pair[1]) : "", StringComparer.Ordinal);
        var path = parts[0].TrimStart('/').Split('/', 2);
        var key = path.Length > 1 ? Uri.UnescapeDataString(path[1]) : "";
        return new S3Request(NameOf(method, key, parameters), key, int.TryParse(parameters.GetValueOrDefault("partNumber"), out var part) ? part : 0);
    }

    private static string NameOf(string method, string key, Dictionary<string, string> parameters) => (method, key) switch
    {
        ("POST", _) when parameters.ContainsKey("uploads") => "CreateMultipartUpload",
        ("POST", _) when parameters.ContainsKey("uploadId") => "CompleteMultipartUpload",
        ("PUT", _) when parameters.ContainsKey("partNumber") => "UploadPart",
        ("DELETE", _) when parameters.ContainsKey("uploadId") => "AbortMultipartUpload",
        ("GET", "") when parameters.ContainsKey("uploads") => "ListMultipartUploads",
        ("GET", "") => "ListObjects",
        ("GET", _) => "GetObject",
        ("HEAD", not "") => "HeadObject",
        ("PUT", not "") => "PutObject",
        ("DELETE", not "") => "DeleteObject",
        _ => method,
    };
}

/// <summary>A proxy before an S3 endpoint, for the <c>endpoint_url</c> of an AWS connection; the signed headers pass unchanged.</summary>
public sealed class S3Gate(int serverPort) : Wiretap<S3Request>(new IPEndPoint(IPAddress.Loopback, serverPort))
{
    private protected override Tap<S3Request> Open(Socket client, Socket server) => new S3Tap(this, client, server);
}
