using System.Globalization;
using Npgsql;

namespace Pipelines.AcceptanceTests.Crashes;

/// <summary>
/// A DAG that is due every few seconds and moves the rows of its interval from the source through S3 into Redshift, and the proof that
/// all of it arrived once. Every tenth interval is large enough for an upload in parts.
/// </summary>
internal sealed class Workload
{
    /// <summary>Where the extracts go.</summary>
    public const string Bucket = "pipelines-lake";

    private const int BigEvery = 10;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Installation _installation;
    private readonly string _dagId;
    private readonly string _mode;
    private readonly TimeSpan _every;
    private readonly int _intervals;
    private readonly DateTimeOffset _start;

    private Workload(Installation installation, string dagId, string mode, TimeSpan every, int intervals, DateTimeOffset start) =>
        (_installation, _dagId, _mode, _every, _intervals, _start) = (installation, dagId, mode, every, intervals, start);

    /// <summary>The tasks of each run.</summary>
    public static IReadOnlyList<string> Tasks { get; } = ["begin", "extract", "aside", "besides", "load", "end"];

    /// <summary>The DAG.</summary>
    public string DagId => _dagId;

    /// <summary>Number of runs it has in the end.</summary>
    public int Runs => _intervals;

    /// <summary>Fills the source and writes the DAG file; the schedulers do the rest.</summary>
    /// <param name="mode">append, where anything loaded twice shows in the table, or replace_interval.</param>
    /// <param name="every">The schedule: a number of seconds that divides a minute.</param>
    /// <param name="intervals">How many.</param>
    /// <param name="live">They begin about now, and each run comes at its time; else all of them are due already.</param>
    public static async Task<Workload> StartAsync(Installation installation, string dagId, string mode, TimeSpan every, int intervals, bool live)
    {
        var first = DateTimeOffset.UtcNow - (live ? TimeSpan.Zero : (intervals + 1) * every);
        var workload = new Workload(installation, dagId, mode, every, intervals, new DateTimeOffset(first.Ticks - (first.Ticks % every.Ticks), TimeSpan.Zero));
        await Script.RunAsync(installation.Cloud.SourceConnectionString, workload.Rows());
        workload.Dag().Write(installation.Workflows);
        return workload;
    }

    /// <summary>Waits for the end of all runs and proves that nothing was lost and nothing came twice.</summary>
    public async Task ProveAsync()
    {
        await Until.TrueAsync(HasEndedAsync, Patience, StandAsync);
        Assert.That(await LossesAsync(), Is.Empty);
    }

    /// <summary>Number of attempts of one of its tasks, over all runs.</summary>
    public async Task<long> AttemptsAsync(string taskId) => await _installation.Database.ScalarAsync<long>(
        $"""
        SELECT count(*) FROM pipelines.task_attempt a JOIN pipelines.task_instance ti ON ti.id = a.task_instance_id
        JOIN pipelines.dag_run r ON r.id = ti.dag_run_id WHERE r.dag_id = '{_dagId}' AND ti.task_id = '{taskId}'
        """);

    /// <summary>True when every interval has a run and every run has ended.</summary>
    public async Task<bool> HasEndedAsync() => await _installation.Database.ScalarAsync<long>(
        $"SELECT count(*) FROM pipelines.dag_run WHERE dag_id = '{_dagId}' AND state IN ('success', 'failed')") == _intervals;

    /// <summary>What is not finished, for a failure's message.</summary>
    public async Task<string> StandAsync()
    {
        var states = await _installation.Database.RowsAsync(
            $"""
            SELECT r.state || ' run: ' || ti.task_id || ' ' || ti.state || coalesce(', ' || ti.reason, '') || coalesce(', ' || ti.worker, ''), count(*), min(r.run_id)
            FROM pipelines.dag_run r JOIN pipelines.task_instance ti ON ti.dag_run_id = r.id
            WHERE r.dag_id = '{_dagId}' AND r.state <> 'success' GROUP BY 1 ORDER BY 2 DESC LIMIT 30
            """);
        var made = await _installation.Database.ScalarAsync<long>($"SELECT count(*) FROM pipelines.dag_run WHERE dag_id = '{_dagId}'");
        return $"{_dagId} has {made} of {_intervals} runs\n{string.Join('\n', states.Select(state => string.Join(" × ", state)))}";
    }

    /// <summary>Nothing lost, nothing twice: runs, task instances, rows, ledger.</summary>
    public async Task<IReadOnlyList<string>> LossesAsync()
    {
        var losses = new List<string>();
        losses.AddRange(await RunLossesAsync());
        losses.AddRange(await TableLossesAsync());
        return [.. losses.Select(loss => $"{_dagId}: {loss}")];
    }

    /// <summary>Takes the DAG's file away and empties both tables, so that a long soak does not fill the disk.</summary>
    public async Task DropAsync()
    {
        File.Delete(Path.Combine(_installation.Workflows, $"{_dagId}.json"));
        await Script.RunAsync(_installation.Cloud.SourceConnectionString, $"DROP TABLE public.{_dagId}");
        await Script.RunAsync(_installation.Cloud.RedshiftConnectionString, $"DROP TABLE mart.{_dagId}");
        var lake = _installation.Cloud.S3.Store;
        foreach (var stored in lake.List(Bucket, $"{_dagId}/").ToList()) lake.Delete(Bucket, stored.Key);
    }

    private DagFile Dag()
    {
        (string, string)[] patient = [("retries", "1000"), ("retryDelay", "0")];
        var ends = _start + ((_intervals - 1) * _every);
        return new DagFile(_dagId)
            .Add("dag", "Pipelines.Dag",
                ("schedule", $"* * * * * */{_every.TotalSeconds:0}"), ("timetable", "cron_data_interval"), ("startDate", Text(_start)), ("endDate", Text(ends)),
                ("catchup", "true"), ("maxActiveRuns", "6"), ("isPausedUponCreation", "false"))
            .Add("begin", "SqlQuery", [("connectionId", "postgres_default"), ("sql", "SELECT '{{ ts }}'"), .. patient])
            .Add("extract", "ExtractToS3",
                [("table", $"public.{_dagId}"), ("intervalColumn", "at"), ("bucket", Bucket), ("prefix", $"{_dagId}/lake"), ("compression", "none"), .. patient])
            .Add("load", "CopyToRedshift", [("table", $"mart.{_dagId}"), ("extract", "extract"), ("mode", _mode), .. patient])
            .Add("end", "SqlQuery", [("connectionId", "postgres_default"), ("sql", "SELECT 1 AS one"), .. patient])
            // More than its worker can take at once: the others go by Hangfire.
            .Add("aside", "SqlQuery", [("connectionId", "postgres_default"), ("sql", "SELECT 1 FROM pg_sleep(0.4)"), .. patient])
            .Add("besides", "SqlQuery", [("connectionId", "postgres_default"), ("sql", "SELECT 1 FROM pg_sleep(0.4)"), .. patient])
            .Connect("begin", "extract").Connect("extract", "load").Connect("load", "end").Connect("begin", "aside").Connect("begin", "besides");
    }

    // A big interval is 700 rows of 9 KB, which is two parts of an upload.
    private string Rows() => string.Create(CultureInfo.InvariantCulture,
        $"""
        CREATE TABLE public.{_dagId} (id bigint PRIMARY KEY, at timestamptz NOT NULL, note text, amount numeric(12, 2));
        INSERT INTO public.{_dagId}
        SELECT i * 1000 + n, timestamptz '{Text(_start)}' + (i + n / 1000.0) * interval '{_every.TotalSeconds} seconds',
            md5((i * 1000 + n)::text) || CASE WHEN i % {BigEvery} = 3 THEN repeat('x', 9000) ELSE '' END, (i * n % 9999) / 7.0
        FROM generate_series(0, {_intervals - 1}) i, generate_series(0, CASE WHEN i % {BigEvery} = 3 THEN 699 ELSE 39 END) n
        """);

    private async Task<IEnumerable<string>> RunLossesAsync()
    {
        var (first, last) = (Text(_start), Text(_start + ((_intervals - 1) * _every)));
        var missed = await _installation.Database.RowsAsync(
            $"""
            SELECT 'no run for the interval of ' || due FROM generate_series(timestamptz '{first}', timestamptz '{last}', interval '{_every.TotalSeconds} seconds') due
            WHERE NOT EXISTS (SELECT FROM pipelines.dag_run r WHERE r.dag_id = '{_dagId}' AND r.logical_date = due)
            UNION ALL SELECT 'run ' || run_id || ' is ' || state || ': ' || coalesce(reason, '') FROM pipelines.dag_run WHERE dag_id = '{_dagId}' AND state <> 'success'
            UNION ALL SELECT 'run ' || run_id || ' is of no interval' FROM pipelines.dag_run
            WHERE dag_id = '{_dagId}' AND NOT (logical_date BETWEEN '{first}' AND '{last}')
            """);
        var tasks = await _installation.Database.RowsAsync(
            $"""
            SELECT 'task ' || ti.task_id || ' of ' || r.run_id || ' is ' || ti.state || ': ' || coalesce(ti.error, ti.reason, '')
            FROM pipelines.task_instance ti JOIN pipelines.dag_run r ON r.id = ti.dag_run_id WHERE r.dag_id = '{_dagId}' AND ti.state <> 'success'
            UNION ALL SELECT 'run ' || r.run_id || ' has ' || count(ti.id) || ' tasks' FROM pipelines.dag_run r
            LEFT JOIN pipelines.task_instance ti ON ti.dag_run_id = r.id WHERE r.dag_id = '{_dagId}' GROUP BY r.run_id HAVING count(ti.id) <> {Tasks.Count}
            UNION ALL SELECT 'task ' || ti.task_id || ' of ' || r.run_id || ' has ' || count(*) || ' successful attempts' FROM pipelines.task_attempt a
            JOIN pipelines.task_instance ti ON ti.id = a.task_instance_id JOIN pipelines.dag_run r ON r.id = ti.dag_run_id
            WHERE r.dag_id = '{_dagId}' AND a.state = 'success' GROUP BY ti.task_id, r.run_id HAVING count(*) <> 1
            """);
        return missed.Concat(tasks).Select(row => (string)row[0]!);
    }

    private async Task<IReadOnlyList<string>> TableLossesAsync()
    {
        var losses = new List<string>();
        var (source, target) = (await Checksum.ReadAsync(_installation.Cloud.SourceConnectionString, $"public.{_dagId}"),
            await Checksum.ReadAsync(_installation.Cloud.RedshiftConnectionString, $"mart.{_dagId}"));
        if (source != target) losses.Add($"the target holds {target}, the source {source}");
        await using var redshift = new NpgsqlConnection(_installation.Cloud.RedshiftConnectionString);
        await redshift.OpenAsync();
        // What replaces is loaded again when its worker died between COMMIT and report: the same manifest, in a row of its own.
        var counted = _mode == "append" ? "*" : "DISTINCT manifest";
        await using var command = new NpgsqlCommand($"SELECT run_id, count({counted}) FROM mart._pipelines_loads WHERE dag_id = '{_dagId}' GROUP BY run_id", redshift);
        await using var reader = await command.ExecuteReaderAsync();
        var loads = 0;
        while (await reader.ReadAsync())
        {
            loads++;
            if (reader.GetInt64(1) != 1) losses.Add($"the ledger counts {reader.GetInt64(1)} loads of {reader.GetString(0)}");
        }
        if (loads != _intervals) losses.Add($"the ledger holds {loads} of {_intervals} loads");
        return losses;
    }

    private static string Text(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
