using Pipelines.Model.Dags;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Processes;
using Pipelines.Storage.Runs;
using Pipelines.Web.Live;

namespace Pipelines.Web.Components;

/// <summary>What the start page shows.</summary>
internal sealed record Overview
{
    /// <summary>Of the list of failed runs, in the page's address.</summary>
    public const string FailedId = "failed-runs";

    private const int FailedShown = 20;
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);
    private static readonly TimeSpan AliveWithin = TimeSpan.FromSeconds(30);

    /// <summary>In the order they are shown.</summary>
    public static IReadOnlyList<string> Roles { get; } = ["scheduler", "worker", "web"];

    public required DateTimeOffset At { get; init; }

    public required IReadOnlyList<Count> Counts { get; init; }

    public required IReadOnlyList<FailedRun> Failed { get; init; }

    public required IReadOnlyList<DagFileError> ImportErrors { get; init; }

    /// <summary>What is wrong with DAGs that are loaded.</summary>
    public required IReadOnlyList<DagWarning> Warnings { get; init; }

    public required IReadOnlyList<string> PausedWithRuns { get; init; }

    public required IReadOnlyList<Job> Alive { get; init; }

    /// <summary>How much the metadata database holds.</summary>
    public required DatabaseSize Size { get; init; }

    /// <summary>Roles without which nothing runs and that no process has. A web host answers, or nobody would read this.</summary>
    public IEnumerable<string> MissingRoles => Roles.Where(role => role != "web" && Alive.All(job => job.JobType != role));

    public bool NeedsNobody => Failed.Count == 0 && ImportErrors.Count == 0 && Warnings.Count == 0 && PausedWithRuns.Count == 0 && !MissingRoles.Any();

    /// <summary>What the list of failed runs is.</summary>
    public string FailedCaption => Counts.First(count => count.State == "failed").Value is var all && all > Failed.Count
        ? FormattableString.Invariant($"The latest {Failed.Count} of {all:N0} runs that failed in the last 24 hours") : "Runs that failed in the last 24 hours";

    /// <summary>How long the database took to answer.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>Reads it in one transaction.</summary>
    public static Task<Overview> ReadAsync(SharedReads reads, TimeProvider time, CancellationToken cancellation) => reads.ReadAsync(nameof(Overview), async tx =>
    {
        var (began, now) = (time.GetTimestamp(), time.GetUtcNow());
        var overview = new Overview
        {
            At = now,
            Counts = Count(await OverviewQueries.CountFailedAsync(tx, now - Day), await OverviewQueries.RunsAsync(tx, now - Day), await OverviewQueries.TasksAsync(tx)),
            Failed = await OverviewQueries.FailedAsync(tx, now - Day, FailedShown),
            Warnings = await DagWarningTable.ListAsync(tx),
            ImportErrors = await ImportErrorTable.ListAsync(tx),
            PausedWithRuns = await OverviewQueries.PausedWithRunsAsync(tx),
            Alive = await JobTable.AliveAsync(tx, now - AliveWithin),
            Size = await OverviewQueries.SizeAsync(tx),
        };
        return overview with { Took = time.GetElapsedTime(began) };
    }, cancellation);

    public static string Plural(string role) => role == "web" ? "Web hosts" : $"{char.ToUpperInvariant(role[0])}{role[1..]}s";

    public static string WithoutRole(string role) => role == "scheduler" ? "No run is created or started." : "Queued tasks wait.";

    private static List<Count> Count(long failed, IReadOnlyList<StateCount> runs, IReadOnlyList<StateCount> tasks)
    {
        long Of(IReadOnlyList<StateCount> counts, string state) => counts.FirstOrDefault(count => count.State == state)?.Count ?? 0;
        return
        [
            new("failed", failed, "runs, 24 hours", failed > 0 ? $"/#{FailedId}" : null),
            new("running", Of(runs, "running"), "runs", Links.Dags(state: "running")),
            new("queued", Of(runs, "queued"), "runs", Links.Dags(state: "queued")),
            new("success", Of(runs, "success"), "runs, 24 hours", null),
            new("running", Of(tasks, "running"), "tasks", "/hangfire/jobs/processing"),
            new("queued", Of(tasks, "queued") + Of(tasks, "scheduled"), "tasks", "/hangfire/jobs/enqueued"),
        ];
    }
}

/// <summary>A number on the start page.</summary>
/// <param name="Link">Where the things that it counts are; null: no page lists them.</param>
internal sealed record Count(string State, long Value, string Words, string? Link);
