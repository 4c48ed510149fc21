using Pipelines.Model.Activities;

namespace Pipelines.Activities.S3;

/// <summary>Bucket and key of an object.</summary>
internal sealed record S3Url(string Bucket, string Key)
{
    private const string Scheme = "s3://";

    /// <summary>Reads <c>s3://bucket/key</c>.</summary>
    /// <exception cref="TaskFailure">Not of that form (not retryable).</exception>
    public static S3Url Parse(string text, string where)
    {
        var slash = text.StartsWith(Scheme, StringComparison.Ordinal) ? text.IndexOf('/', Scheme.Length) : -1;
        if (slash <= Scheme.Length || slash == text.Length - 1)
            throw new TaskFailure($"{where} is '{text}' but must be of the form s3://bucket/key.", retryable: false);
        return new S3Url(text[Scheme.Length..slash], text[(slash + 1)..]);
    }

    public override string ToString() => $"{Scheme}{Bucket}/{Key}";
}
