using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Pipelines.Engine.Execution.Attempts;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Operations.Authoring;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Designer;
using Pipelines.Model.Runs;
using Pipelines.Model.Templates;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Execution.Testing;

/// <summary>What is tested: an activity, and the run that it is given to see.</summary>
/// <param name="Activity">The code.</param>
/// <param name="Assignment">A run that is not stored: its ids are 0, and its token is below every real one.</param>
/// <param name="XComRunId">The run whose XComs it sees; null: there is none.</param>
/// <param name="About">What is tested on what, for the user.</param>
/// <param name="Notice">What is different from a run; null: nothing.</param>
internal sealed record TestSubject(IActivity Activity, Assignment Assignment, long? XComRunId, string About, string? Notice)
{
    private const string Characters = "abcdefghijklmnopqrstuvwxyz0123456789";

    /// <exception cref="OperationException">No such activity, one that may not be tested, or errors in its inputs.</exception>
    public static async Task<TestSubject> FindAsync(
        Database database, ActivityCatalog catalog, ITemplateSource templates, string dagId, string text, string activityId, DateTimeOffset now, CancellationToken cancellation)
    {
        var (dag, task, isWhole) = Compile(catalog, templates, dagId, text, activityId);
        var activity = catalog.Activity(task.ActivityType)!;
        if (activity.Descriptor.NotTestable is { } reason) throw new OperationException(RefusalKind.Invalid, reason);
        var interval = dag.Timetable.InferManualInterval(now);
        var run = NewRun(dag, interval, now);
        var source = await database.InTransactionAsync(async tx =>
            await DagRunQueries.FindAsync(tx, dagId, interval.Start) ?? (await DagRunQueries.NewestAsync(tx, dagId, 1) is [var newest] ? newest : null), cancellation);
        var about = $"Test of task '{task.TaskId}' of DAG '{dagId}' on "
            + (interval.Length == TimeSpan.Zero ? $"{interval.Start.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC" : $"the last complete interval, {interval.Start.UtcDateTime:yyyy-MM-dd HH:mm:ss} to {interval.End.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC")
            + (source is null ? "; there is no run yet whose XComs it could read." : $"; XComs are read from run '{source.RunId}'.");
        return new TestSubject(activity, new Assignment(NewInstance(task), 0, run, dag, task), source?.Id, about,
            isWhole ? null : "Other parts of the DAG have errors, so this task was tested as if nothing were upstream of it.");
    }

    /// <summary>The whole DAG, or where something else in it is wrong, the one activity by itself.</summary>
    private static (Dag Dag, DagTask Task, bool IsWhole) Compile(ActivityCatalog catalog, ITemplateSource templates, string dagId, string text, string activityId)
    {
        if (DraftCheck.Of(dagId, text, catalog, templates).Dag is { } whole) return (whole, TaskOf(whole, activityId), true);
        var alone = DraftCheck.Of(dagId, Alone(text, activityId).ToJsonString(), catalog, templates);
        return alone.Dag is { } dag ? (dag, TaskOf(dag, activityId), false)
            : throw new OperationException(RefusalKind.Invalid, "The activity was not tested: something in it or in the DAG's settings is to be mended first.", alone.Errors);
    }

    private static DagTask TaskOf(Dag dag, string activityId) => dag.Tasks.FirstOrDefault(task => task.ActivityId == activityId) ?? throw NotFound();

    private static JsonObject Alone(string text, string activityId)
    {
        var definition = Parsed(text);
        var root = definition["root"] as JsonObject ?? throw NotFound();
        var kept = root.AllActivities().Where(activity => !Flowcharts.IsGroup(activity))
            .Where(activity => activity["id"]?.ToString() == activityId || activity["type"]?.ToString() == DagInputs.TypeName).Select(activity => activity.DeepClone()).ToArray();
        if (!kept.Any(activity => activity["id"]?.ToString() == activityId && activity["type"]?.ToString() != DagInputs.TypeName)) throw NotFound();
        root["activities"] = new JsonArray(kept);
        root["connections"] = new JsonArray();
        return definition;
    }

    private static JsonObject Parsed(string text)
    {
        try
        {
            return DesignerText.Parse(text);
        }
        catch (DesignerException error)
        {
            throw new OperationException(RefusalKind.Invalid, error.Message);
        }
    }

    private static DagRun NewRun(Dag dag, Model.Timetables.DataInterval interval, DateTimeOffset now) => new()
    {
        Id = 0,
        DagId = dag.DagId,
        RunId = RunIds.Test(now, RandomNumberGenerator.GetString(Characters, 8)),
        RunType = DagRunType.Manual,
        State = DagRunState.Running,
        LogicalDate = interval.Start,
        Interval = interval,
        RunAfter = interval.End,
        TriggeredBy = RunTriggeredBy.Test,
        DagVersionId = 0,
        QueuedAt = now,
        StartDate = now,
    };

    private static TaskInstance NewInstance(DagTask task) => new() { Id = 0, DagRunId = 0, TaskId = task.TaskId, State = TaskState.Running, TryNumber = 1, MaxTries = 0, Token = 0, MapIndex = task.Mapping is null ? -1 : 0 };

    private static OperationException NotFound() => new(RefusalKind.NotFound, "This activity is not in what is saved of the DAG, or it is its settings, which do nothing. Wait for the save, then try again.");
}
