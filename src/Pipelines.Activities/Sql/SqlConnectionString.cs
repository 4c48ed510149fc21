using Npgsql;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;

namespace Pipelines.Activities.Sql;

/// <summary>Turns a connection in Airflow's format into Npgsql's settings.</summary>
internal static class SqlConnectionString
{
    private const string Postgres = "postgres";
    private const string Redshift = "redshift";

    /// <summary>True for a connection to Redshift.</summary>
    public static bool IsRedshift(Connection connection) => connection.ConnType == Redshift;

    /// <summary>The settings; without password masked nowhere, so never log them.</summary>
    /// <exception cref="TaskFailure">The connection is of another type or an extra has no meaning (not retryable).</exception>
    public static NpgsqlConnectionStringBuilder From(Connection connection, string applicationName)
    {
        if (connection.ConnType is not (Postgres or Redshift))
            throw new TaskFailure(
                $"Connection '{connection.ConnId}' has type '{connection.ConnType}', but this input needs a connection of type postgres or redshift.",
                retryable: false);
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = Host(connection),
            Port = Port(connection),
            Username = connection.Login,
            Password = connection.Password,
            Database = Database(connection),
            ApplicationName = applicationName,
            Timezone = "UTC",
            Pooling = false,
            CommandTimeout = 0,
            Timeout = 15,
            TcpKeepAlive = true,
            TcpKeepAliveTime = 30,
            IncludeErrorDetail = true,
            // COPY delivers a message per row: a large buffer saves most of the system calls.
            ReadBufferSize = 256 * 1024,
        };
        ApplyExtras(connection, settings);
        return settings;
    }

    /// <summary>Where the connection leads, without its secrets: <c>user@host:port/database</c>.</summary>
    public static string Address(Connection connection) =>
        $"{connection.Login}@{Host(connection)}:{Port(connection)}/{Database(connection)}";

    private static string Host(Connection connection) => connection.Host is { Length: > 0 } host ? host : "localhost";

    private static int Port(Connection connection) => connection.Port ?? (IsRedshift(connection) ? 5439 : 5432);

    private static string Database(Connection connection) => connection.Schema is { Length: > 0 } schema ? schema
        : IsRedshift(connection) ? "dev" : "postgres";

    private static void ApplyExtras(Connection connection, NpgsqlConnectionStringBuilder settings)
    {
        if (connection.ExtraText("sslmode") is { } sslMode) settings.SslMode = SslModeOf(connection, sslMode);
        if (connection.ExtraText("sslrootcert") is { } root) settings.RootCertificate = root;
        if (connection.ExtraText("sslcert") is { } certificate) settings.SslCertificate = certificate;
        if (connection.ExtraText("sslkey") is { } key) settings.SslKey = key;
        if (connection.ExtraText("options") is { } options) settings.Options = options;
        if (int.TryParse(connection.ExtraText("connect_timeout"), out var seconds)) settings.Timeout = seconds;
        if (int.TryParse(connection.ExtraText("keepalives_idle"), out var idle)) settings.TcpKeepAliveTime = idle;
    }

    private static SslMode SslModeOf(Connection connection, string text) => text switch
    {
        "disable" => SslMode.Disable,
        "allow" => SslMode.Allow,
        "prefer" => SslMode.Prefer,
        "require" => SslMode.Require,
        "verify-ca" => SslMode.VerifyCA,
        "verify-full" => SslMode.VerifyFull,
        _ => throw new TaskFailure(
            $"Connection '{connection.ConnId}' has sslmode '{text}'; use disable, allow, prefer, require, verify-ca or verify-full.", retryable: false),
    };
}
