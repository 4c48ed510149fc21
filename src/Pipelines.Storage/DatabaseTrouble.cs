using System.Net.Sockets;
using Npgsql;

namespace Pipelines.Storage;

/// <summary>What is wrong around the metadata database rather than with us, in words for who runs it.</summary>
public static class DatabaseTrouble
{
    private const string LockHolders = "SELECT pid, usename, application_name, xact_start, query FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'";

    /// <summary>What happened and what to do; null: the error is of another kind.</summary>
    public static string? Of(Exception error) => error switch
    {
        PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable } =>
            $"Another session holds a lock on its rows for more than {Database.LockTimeout.TotalSeconds:0} s. It goes on when they are free. Find the session with \"{LockHolders}\" and end it with pg_terminate_backend(pid).",
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.ConfigurationLimitExceeded } server =>
            $"The metadata database takes no more connections ({server.MessageText}). Close idle ones, or raise max_connections; until then it is asked again.",
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } server =>
            $"The disk of the metadata database is full ({server.MessageText}). Make room there: work goes on by itself.",
        PostgresException { SqlState: PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown } server =>
            $"The metadata database starts or stops ({server.MessageText}).",
        PostgresException => null,
        NpgsqlException { InnerException: SocketException or TimeoutException or IOException } lost => $"The metadata database does not answer: {lost.Message.TrimEnd('.')}.",
        _ => null,
    };

    /// <summary>Why the server lets nobody in by our connection string, which no waiting cures, and what to do; null: it does, or the error is of another kind.</summary>
    public static string? Refusal(Exception error) => error switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } server =>
            $"The metadata database refused our user or password ({server.MessageText}). Correct Username and Password in PIPELINES_DATABASE.",
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } server =>
            $"The metadata server has no such database ({server.MessageText}). Create it there, or correct Database in PIPELINES_DATABASE.",
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } server =>
            $"The user of the metadata database may not do what a host must ({server.MessageText}). Make the user owner of the database, or name another in PIPELINES_DATABASE.",
        PostgresException => null,
        NpgsqlException => $"The metadata database cannot be entered: {error.Message.TrimEnd('.')}. Correct PIPELINES_DATABASE.",
        _ => null,
    };

    /// <summary>An error as a host's log tells it: trouble around the database in words alone, anything else with its stack trace.</summary>
    public static (Exception? Trace, string Words) ForLog(Exception error) => Of(error) is { } trouble ? (null, trouble) : (error, error.Message);

    /// <summary>Another session holds the rows.</summary>
    public static bool IsLock(Exception error) => error is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable };

    /// <summary>True when it may pass by itself, so that asking again makes sense.</summary>
    // A statement that was cancelled (statement_timeout, pg_cancel_backend) was refused for its moment, not for what it says.
    public static bool MayPass(Exception error) =>
        Of(error) is not null || error is PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } or NpgsqlException { IsTransient: true };
}
