namespace Pipelines.LocalCloud.Redshift.Load;

/// <summary>One object that a COPY reads.</summary>
internal sealed record LoadObject(string Bucket, string Key)
{
    public string Url => $"s3://{Bucket}/{Key}";
}
