using System.Net.Sockets;
using Npgsql;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;

namespace Pipelines.Activities.Sql;

/// <summary>Sorts what PostgreSQL, Redshift and the network say into one message with a next step, and into "retry" or not.</summary>
internal static class SqlErrors
{
    /// <summary>True for errors of the driver, the server or the network beneath; everything else is a bug and passes through.</summary>
    public static bool IsSql(Exception error) => error is NpgsqlException or SocketException or TimeoutException or IOException;

    /// <summary>
    /// True when a CREATE … IF NOT EXISTS failed because another transaction created the same object meanwhile: it looks first and creates
    /// later, so the slower one fails although it asked not to. Run again, it finds the object.
    /// </summary>
    public static bool IsCreationRace(Exception? error, string sql) => sql.Contains("IF NOT EXISTS", StringComparison.OrdinalIgnoreCase)
        && error is PostgresException
            and ({ SqlState: PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.DuplicateSchema or PostgresErrorCodes.DuplicateObject }
                or { SqlState: PostgresErrorCodes.UniqueViolation, SchemaName: "pg_catalog" });

    /// <summary>The failure to show. Its inner exception is the driver's.</summary>
    /// <param name="error">What was thrown.</param>
    /// <param name="connection">Where it happened.</param>
    public static TaskFailure Sort(Exception error, Connection connection)
    {
        var place = $"connection '{connection.ConnId}' ({SqlConnectionString.Address(connection)})";
        if (error is PostgresException server) return Server(server, connection, place);
        if (Find<SocketException>(error) is { } socket) return Network(socket, connection, place, error);
        return new TaskFailure($"The {place} failed: {Text(error)} The next attempt may succeed.", inner: error);
    }

    private static TaskFailure Server(PostgresException error, Connection connection, string place)
    {
        var (advice, retryable) = Advice(error, connection);
        var detail = string.Join(" ", new[] { error.Detail, error.Hint }.Where(text => !string.IsNullOrEmpty(text)).Select(text => text!.TrimEnd('.') + "."));
        var message = $"The {place} answered: {error.MessageText} (SQLSTATE {error.SqlState}). {detail}{(detail.Length > 0 ? " " : "")}{advice}";
        return new TaskFailure(message.TrimEnd(), retryable, inner: error);
    }

    private static (string Advice, bool Retryable) Advice(PostgresException error, Connection connection) => error.SqlState switch
    {
        "28P01" or "28000" => ($"Check login and password of connection '{connection.ConnId}', and that the server lets this host in.", false),
        "3D000" => ($"Set the schema field of connection '{connection.ConnId}' to the name of an existing database.", false),
        "42P01" => ("Check the table's name and schema, that it exists in this database, and that the connection is the right one.", false),
        "3F000" => ("Check the schema's name, or create it.", false),
        "42703" => ("Check the column's name; names with upper-case letters are case-sensitive.", false),
        "42501" => ($"Grant user '{connection.Login}' the right, or use another connection.", false),
        "25006" => ("An extract reads only; write with SqlQuery instead.", false),
        "XX000" when error.MessageText.Contains("1023", StringComparison.Ordinal) =>
            ("Another transaction changed the same table; the next attempt may succeed.", true),
        "57014" => ("The statement was cancelled or hit statement_timeout.", true),
        "0A000" or "42601" or "42883" or "42P07" or "42701" or "42702" or "42804" => ("Correct the SQL.", false),
        "P0001" => ("", false),
        var state when state[..2] is "08" or "40" or "53" or "55" or "57" or "58" => ("The next attempt may succeed.", true),
        var state when state[..2] is "22" or "23" or "42" or "44" => ("Correct the data or the SQL.", false),
        _ => ("", true),
    };

    private static TaskFailure Network(SocketException socket, Connection connection, string place, Exception error) => socket.SocketErrorCode switch
    {
        SocketError.HostNotFound or SocketError.NoData => new TaskFailure(
            $"Nobody knows the host of {place}. Check the host field of connection '{connection.ConnId}'.", retryable: false, inner: error),
        SocketError.ConnectionRefused => new TaskFailure(
            $"Nothing listens at {place}. Check host and port, and that the server runs.", inner: error),
        _ => new TaskFailure($"The {place} cannot be reached: {socket.Message.TrimEnd('.')}. Check host, port and firewall.", inner: error),
    };

    private static string Text(Exception error)
    {
        var inner = error.InnerException is { } cause && !error.Message.Contains(cause.Message, StringComparison.Ordinal) ? $" ({cause.Message})" : "";
        return $"{error.Message.TrimEnd('.')}{inner}.";
    }

    private static T? Find<T>(Exception? error) where T : Exception
    {
        for (; error is not null; error = error.InnerException)
            if (error is T found) return found;
        return null;
    }
}
