namespace Pipelines.Storage.Processes;

/// <summary>A process of ours.</summary>
public sealed record Job
{
    public required long Id { get; init; }

    /// <summary>scheduler, worker or web.</summary>
    public required string JobType { get; init; }

    public required string Hostname { get; init; }

    public required int Pid { get; init; }

    public required DateTimeOffset StartDate { get; init; }

    public required DateTimeOffset LatestHeartbeat { get; init; }
}

/// <summary>Table <c>job</c>.</summary>
public static class JobTable
{
    private const string Start =
        """
        INSERT INTO pipelines.job (job_type, hostname, pid, start_date, latest_heartbeat)
        VALUES (@jobType, @hostname, @pid, @now, @now) RETURNING id
        """;

    private const string Beat = "UPDATE pipelines.job SET latest_heartbeat = @now, end_date = NULL WHERE id = @id";

    private const string End = "UPDATE pipelines.job SET end_date = @now WHERE id = @id";

    private const string Alive =
        """
        SELECT id, job_type, hostname, pid, start_date, latest_heartbeat FROM pipelines.job
        WHERE end_date IS NULL AND latest_heartbeat > @since ORDER BY id
        """;

    /// <summary>Registers this process.</summary>
    /// <returns>Its id, for the heartbeats.</returns>
    public static Task<long> StartAsync(Transaction tx, string jobType, string hostname, int pid, DateTimeOffset now) =>
        tx.SingleAsync<long>(Start, new { jobType, hostname, pid, now });

    public static Task HeartbeatAsync(Transaction tx, long id, DateTimeOffset now) => tx.ExecuteAsync(Beat, new { id, now });

    public static Task EndAsync(Transaction tx, long id, DateTimeOffset now) => tx.ExecuteAsync(End, new { id, now });

    /// <summary>Processes with a heartbeat after <paramref name="since"/>.</summary>
    public static Task<IReadOnlyList<Job>> AliveAsync(Transaction tx, DateTimeOffset since) => tx.QueryAsync<Job>(Alive, new { since });
}
