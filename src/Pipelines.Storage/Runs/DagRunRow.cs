using System.Text.Json.Nodes;
using Pipelines.Model.Runs;
using Pipelines.Model.Timetables;

namespace Pipelines.Storage.Runs;

/// <summary>A row of <c>dag_run</c> on its way to the Model's type.</summary>
internal sealed class DagRunRow
{
    public const string Columns =
        """
        r.id, r.dag_id, r.run_id, r.run_type, r.state, r.logical_date, r.interval_start, r.interval_end, r.run_after, r.triggered_by,
        r.conf::text AS conf, r.backfill_id, r.dag_version_id, r.queued_at, r.start_date, r.end_date, r.reason, r.note
        """;

    public long Id { get; init; }

    public required string DagId { get; init; }

    public required string RunId { get; init; }

    public required string RunType { get; init; }

    public required string State { get; init; }

    public DateTimeOffset? LogicalDate { get; init; }

    public DateTimeOffset? IntervalStart { get; init; }

    public DateTimeOffset? IntervalEnd { get; init; }

    public DateTimeOffset RunAfter { get; init; }

    public required string TriggeredBy { get; init; }

    public required string Conf { get; init; }

    public long? BackfillId { get; init; }

    public long DagVersionId { get; init; }

    public DateTimeOffset QueuedAt { get; init; }

    public DateTimeOffset? StartDate { get; init; }

    public DateTimeOffset? EndDate { get; init; }

    public string? Reason { get; init; }

    public string? Note { get; init; }

    public DagRun ToDagRun() => new()
    {
        Id = Id,
        DagId = DagId,
        RunId = RunId,
        RunType = StateNames.Parse<DagRunType>(RunType),
        State = StateNames.Parse<DagRunState>(State),
        LogicalDate = LogicalDate,
        Interval = IntervalStart is { } start ? new DataInterval(start, IntervalEnd!.Value) : null,
        RunAfter = RunAfter,
        TriggeredBy = StateNames.Parse<RunTriggeredBy>(TriggeredBy),
        Conf = JsonNode.Parse(Conf)!.AsObject(),
        BackfillId = BackfillId,
        DagVersionId = DagVersionId,
        QueuedAt = QueuedAt,
        StartDate = StartDate,
        EndDate = EndDate,
        Reason = Reason,
        Note = Note,
    };
}
