using Amazon.Runtime;
using Pipelines.Activities.Extracts;
using Pipelines.Activities.S3;
using Pipelines.Activities.Sql;

namespace Pipelines.Activities.Redshift;

/// <summary>The text of a COPY that loads a manifest. It may hold credentials: send <see cref="Sql"/>, log <see cref="Shown"/>.</summary>
internal sealed record CopyStatement(TableName Table, IReadOnlyList<string> Columns, S3Url ManifestUrl, ExtractRecord Extract, CopyAccess Access, string Options)
{
    /// <summary>To send.</summary>
    public string Sql => Text(Access.Sql);

    /// <summary>To show.</summary>
    public string Shown => Text(Access.Shown);

    private string Text(string access) => string.Join(' ', new[]
    {
        $"COPY {Table.Sql} ({SqlText.Identifiers(Columns)}) FROM {SqlText.Literal(ManifestUrl.ToString())}",
        access,
        "MANIFEST FORMAT AS CSV",
        $"NULL AS {SqlText.Literal(Extract.NullMarker)}",
        Compressions.Parse(Extract.Compression).CopyOption(),
        // The extract writes ISO text with up to six decimals; only 'auto' reads those. The statistics of a small load are not worth a scan.
        "DATEFORMAT 'auto' TIMEFORMAT 'auto' COMPUPDATE OFF STATUPDATE OFF",
        Options,
    }.Where(part => part.Length > 0));
}

/// <summary>How COPY may read S3.</summary>
/// <param name="Sql">The clause.</param>
/// <param name="Shown">The clause without secrets.</param>
internal sealed record CopyAccess(string Sql, string Shown)
{
    /// <summary>As a role of the cluster.</summary>
    public static CopyAccess Role(string arn, string? region)
    {
        var text = $"IAM_ROLE {SqlText.Literal(arn)}{Region(region)}";
        return new CopyAccess(text, text);
    }

    /// <summary>With keys.</summary>
    public static CopyAccess Keys(ImmutableCredentials credentials, string? region)
    {
        var token = credentials.UseToken ? $";token={credentials.Token}" : "";
        var keys = $"aws_access_key_id={credentials.AccessKey};aws_secret_access_key={credentials.SecretKey}{token}";
        return new CopyAccess($"CREDENTIALS {SqlText.Literal(keys)}{Region(region)}", $"CREDENTIALS '***'{Region(region)}");
    }

    private static string Region(string? region) => region is null ? "" : $" REGION {SqlText.Literal(region)}";
}
