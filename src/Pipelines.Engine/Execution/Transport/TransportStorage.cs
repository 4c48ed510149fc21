using System.Data.Common;
using System.Globalization;
using Hangfire.PostgreSql;
using Hangfire.PostgreSql.Factories;

namespace Pipelines.Engine.Execution.Transport;

/// <summary>
/// Hangfire's tables: schema <c>hangfire</c> in our database. They may be lost without loss, since the truth is in schema
/// <c>pipelines</c>, so their commits need not wait for the disk.
/// </summary>
internal sealed class TransportStorage : PostgreSqlStorage
{
    /// <summary>The schema of Hangfire's tables.</summary>
    public const string Schema = "hangfire";

    private const int ConnectionsBesidesWorkers = 20;

    /// <summary>Connects and creates or updates Hangfire's tables.</summary>
    /// <exception cref="InvalidOperationException">The database cannot be reached after several attempts.</exception>
    public TransportStorage(string connectionString, int workerCount, TaskNames names)
        : this(connectionString, workerCount, names, Options())
    {
    }

    private TransportStorage(string connectionString, int workerCount, TaskNames names, PostgreSqlStorageOptions options)
        : base(new NpgsqlConnectionFactory(Own(connectionString, workerCount), options), options) => Names = names;

    /// <summary>Names for the dashboard, which knows a job's storage and arguments and no more.</summary>
    public TaskNames Names { get; }

    private static PostgreSqlStorageOptions Options() => new()
    {
        SchemaName = Schema,
        EnableLongPolling = true,
        // A notification can be missed while a worker's listener reconnects; this is how long the job then waits.
        QueuePollInterval = TimeSpan.FromSeconds(1),
        // Deliveries of dead workers come again after a minute. Harmless when early: a second claim is refused.
        InvisibilityTimeout = TimeSpan.FromMinutes(1),
        UseSlidingInvisibilityTimeout = true,
        // Held while a job's state changes, so for milliseconds; one that a dead process left must not block the job for long.
        DistributedLockTimeout = TimeSpan.FromMinutes(1),
        AllowDegradedModeWithoutStorage = false,
        StartupConnectionBaseDelay = TimeSpan.FromMilliseconds(200),
    };

    private static string Own(string connectionString, int workerCount)
    {
        var settings = new DbConnectionStringBuilder { ConnectionString = connectionString };
        var options = settings.TryGetValue("Options", out var given) ? $"{given} " : "";
        settings["Options"] = $"{options}-c synchronous_commit=off";
        settings["Application Name"] = "pipelines-hangfire";
        // An idle worker listens on one connection while it polls on another.
        settings["Maximum Pool Size"] = ((2 * workerCount) + ConnectionsBesidesWorkers).ToString(CultureInfo.InvariantCulture);
        return settings.ConnectionString;
    }
}
