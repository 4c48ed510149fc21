namespace Pipelines.LocalCloud.Redshift.Load;

/// <summary>s3://bucket/key taken apart.</summary>
internal static class S3Url
{
    public static (string Bucket, string Key)? TryParse(string url)
    {
        const string Scheme = "s3://";
        if (!url.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        string rest = url[Scheme.Length..];
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        string bucket = slash < 0 ? rest : rest[..slash];
        return bucket.Length == 0 ? null : (bucket, slash < 0 ? "" : rest[(slash + 1)..]);
    }
}
