namespace Pipelines.LocalCloud.S3.Signing;

/// <summary>
/// Path and query as they were sent. ASP.NET's own path is of no use here: it resolves <c>..</c> and leaves <c>%2F</c>, and both may be in a key.
/// </summary>
internal sealed class RequestTarget
{
    private readonly List<KeyValuePair<string, string>> _query = [];

    private RequestTarget(string path, string query)
    {
        Path = AwsEncoding.Decode(path);
        var slash = Path.IndexOf('/', 1);
        Bucket = slash < 0 ? Path[1..] : Path[1..slash];
        Key = slash < 0 ? "" : Path[(slash + 1)..];
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var (name, value) = equals < 0 ? (pair, "") : (pair[..equals], pair[(equals + 1)..]);
            _query.Add(new(DecodeQuery(name), DecodeQuery(value)));
        }
    }

    /// <summary>Decoded, with its leading slash.</summary>
    public string Path { get; }

    /// <summary>Empty: the request is for the service.</summary>
    public string Bucket { get; }

    /// <summary>Empty: the request is for the bucket.</summary>
    public string Key { get; }

    public IReadOnlyList<KeyValuePair<string, string>> Query => _query;

    /// <summary>A parameter's value; null if it is absent, empty if it has no value.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (var (key, value) in _query)
            {
                if (key == name)
                    return value;
            }

            return null;
        }
    }

    /// <exception cref="S3Failure">InvalidURI.</exception>
    public static RequestTarget Parse(string raw)
    {
        // A proxy's absolute form: http://host/path
        if (!raw.StartsWith('/') && raw.IndexOf("://", StringComparison.Ordinal) is var scheme and > 0)
            raw = raw.IndexOf('/', scheme + 3) is var path and > 0 ? raw[path..] : "/";
        var mark = raw.IndexOf('?', StringComparison.Ordinal);
        var target = mark < 0 ? new RequestTarget(raw, "") : new RequestTarget(raw[..mark], raw[(mark + 1)..]);
        return target.Path.StartsWith('/') ? target : throw S3Failure.Invalid("InvalidURI", "The request's URI must start with a slash.");
    }

    // A plus in a query is a space, a plus in a path is a plus.
    private static string DecodeQuery(string text) => AwsEncoding.Decode(text.Replace("+", "%20", StringComparison.Ordinal));
}
