using Pipelines.LocalCloud.Redshift.Load;
using Pipelines.LocalCloud.Redshift.Wire;

namespace Pipelines.LocalCloud.Redshift.Sql;

/// <summary>One statement as the endpoint will carry it out.</summary>
internal abstract record SqlStatement
{
    /// <summary>True when the endpoint must act itself, so the statement cannot travel inside a packet with others.</summary>
    public virtual bool NeedsOwnStep => true;

    /// <summary>PostgreSQL runs it, perhaps in other words.</summary>
    public sealed record PassThrough(string Text) : SqlStatement
    {
        public override bool NeedsOwnStep => false;
    }

    /// <summary>PostgreSQL runs it, and the open transaction commits right after it.</summary>
    public sealed record Truncate(string Text) : SqlStatement;

    /// <summary>The endpoint loads objects from S3.</summary>
    public sealed record CopyFromS3(CopyCommand Command) : SqlStatement;

    /// <summary>Redshift does not do this; the client gets the error.</summary>
    public sealed record Refused(SqlError Error) : SqlStatement;
}
