using Pipelines.Model.Dags;

namespace Pipelines.Model.Connections;

/// <summary>The types of connections that something here can use.</summary>
public static class ConnectionTypes
{
    /// <summary>Its name in Airflow's formats, and in words. Templates and code read the parts of a generic one, whatever it leads to.</summary>
    public static IReadOnlyList<(string Type, string Words)> All { get; } =
        [("postgres", "PostgreSQL"), ("redshift", "Redshift"), ("aws", "AWS (S3, IAM)"), ("http", "HTTP"), ("https", "HTTPS"), ("smtp", "SMTP (e-mail)"), ("generic", "Generic")];

    /// <summary>The connection, if its type is one of them: a slip would be found only by the task that uses it.</summary>
    /// <exception cref="ConnectionException">It is not.</exception>
    public static Connection Check(Connection connection) => All.Any(known => known.Type == connection.ConnType) ? connection
        : throw new ConnectionException($"The type '{connection.ConnType}' of connection '{connection.ConnId}' is not known.{NearestName.Hint(connection.ConnType, All.Select(known => known.Type))} For any other system, whose parts templates and code read, use generic.");
}
