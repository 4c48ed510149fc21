using Pipelines.Activities.Mail;
using Pipelines.Activities.S3;
using Pipelines.Activities.Sql;
using Pipelines.Model.Connections;

namespace Pipelines.Activities;

/// <summary>The systems that every installation can ask for their tables, and test connections to.</summary>
public static class BuiltInConnectionTypes
{
    /// <summary>One instance each.</summary>
    public static IReadOnlyList<IConnectionType> All { get; } = [new SqlConnectionType("postgres"), new SqlConnectionType("redshift"), new AwsConnectionType(), new SmtpConnectionType()];
}
