using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Runs;

namespace Pipelines.Web.Components.Backfills;

/// <summary>All that the backfill page of a DAG shows.</summary>
internal sealed record CockpitView
{
    /// <summary>Null: there is no such DAG.</summary>
    public Dag? Dag { get; init; }

    public bool IsPaused { get; init; }

    public CalendarMonth Month { get; init; } = null!;

    /// <summary>The dry run of the query; null: it has no range, or <see cref="Problems"/>.</summary>
    public BackfillPlan? Plan { get; init; }

    /// <summary>How long the plan takes and what it moves, in words; null: nothing is known of either.</summary>
    public string? Forecast { get; init; }

    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>The backfill to look at: the one asked for, else the one under way.</summary>
    public BackfillProgress? Shown { get; init; }

    public IReadOnlyList<BackfillDate> Windows { get; init; } = [];

    /// <summary>The one under way.</summary>
    public BackfillProgress? Unfinished { get; init; }

    public IReadOnlyList<BackfillProgress> History { get; init; } = [];
}

/// <summary>Reads what the backfill page shows.</summary>
internal sealed class BackfillCockpit(Database database, DagVersions versions, CreateBackfill create, TimeProvider time)
{
    private const int HistoryShown = 20;
    private const int WindowsShown = 1000;
    private const int RunsToGoBy = 10;

    /// <param name="month">The calendar's, as <c>yyyy-MM</c>; null: by the range.</param>
    /// <param name="id">The backfill to look at; null: the one under way.</param>
    public async Task<CockpitView> ReadAsync(string dagId, BackfillQuery query, string? month, long? id, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var view = await database.InTransactionAsync(async tx =>
        {
            if (await DagTable.FindAsync(tx, dagId) is not { IsStale: false } stored) return new CockpitView();
            var dag = await versions.CurrentAsync(tx, stored);
            var history = await BackfillQueries.PageAsync(tx, dagId, HistoryShown);
            var unfinished = history.FirstOrDefault(backfill => backfill.CompletedAt is null);
            var asked = id is { } wanted ? history.FirstOrDefault(backfill => backfill.Id == wanted) ?? await BackfillQueries.FindAsync(tx, wanted) : null;
            var shown = asked?.DagId == dagId ? asked : unfinished;
            return new CockpitView
            {
                Dag = dag,
                IsPaused = stored.IsPaused,
                Month = await MonthAsync(tx, dag, query, month, now),
                Shown = shown,
                Windows = shown is null ? [] : await BackfillQueries.WindowsAsync(tx, shown.Id, WindowsShown),
                Unfinished = unfinished,
                History = history,
            };
        }, cancellation);
        return view.Dag is { Timetable.Periodic: true } && query.HasRange ? await WithPlanAsync(view, dagId, query, cancellation) : view;
    }

    private async Task<CockpitView> WithPlanAsync(CockpitView view, string dagId, BackfillQuery query, CancellationToken cancellation)
    {
        var (request, problems) = query.Read(dagId);
        if (request is null) return view with { Problems = problems };
        try
        {
            var plan = await create.PreviewAsync(request, cancellation);
            var typical = await database.InTransactionAsync(tx => BackfillQueries.TypicalAsync(tx, dagId, [.. request.TaskIds], RunsToGoBy), cancellation);
            return view with { Plan = plan, Forecast = BackfillWords.Forecast(plan, request.MaxActiveRuns, typical), Problems = plan.Problem is { } problem ? [problem] : [] };
        }
        catch (OperationException refusal)
        {
            return view with { Problems = [refusal.Message] };
        }
    }

    private static async Task<CalendarMonth> MonthAsync(Transaction tx, Dag dag, BackfillQuery query, string? month, DateTimeOffset now)
    {
        var first = CalendarMonth.FirstOf(month, query.Days?.To, DateOnly.FromDateTime(now.UtcDateTime));
        var runs = await BackfillQueries.DaysAsync(tx, dag.DagId, Midnight(first), Midnight(first.AddMonths(1)));
        bool HasWindow(DateOnly day) => dag.Timetable.RunsBetween(Midnight(day), Midnight(day.AddDays(1)).AddTicks(-10)).FirstOrDefault() is { } run && run.Interval.End < now;
        return CalendarMonth.Of(first, runs, HasWindow, query.Days);
    }

    private static DateTimeOffset Midnight(DateOnly day) => new(day, TimeOnly.MinValue, TimeSpan.Zero);
}
