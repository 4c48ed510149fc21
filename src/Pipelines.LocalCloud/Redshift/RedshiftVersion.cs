namespace Pipelines.LocalCloud.Redshift;

/// <summary>How Redshift introduces itself. Drivers decide by these texts what the server can do.</summary>
internal static class RedshiftVersion
{
    /// <summary>The PostgreSQL release that Redshift grew from.</summary>
    public const string Server = "8.0.2";

    public const string Full =
        "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), Redshift 1.0.69065";
}
