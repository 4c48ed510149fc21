using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>The runs of any DAG as an activity may read them and, where it runs for a task, make them.</summary>
/// <param name="trigger">Makes runs; null: this is no attempt's own work, which may make none.</param>
internal sealed class StoredRuns(Database database, DagVersions versions, TimeProvider time, Func<RunRequest, CancellationToken, Task<RequestedRun>>? trigger = null) : IOtherRuns
{
    public Task<DagRunState?> StateAsync(string dagId, string runId, CancellationToken cancellation) =>
        database.PatientlyAsync(async tx => (await DagRunQueries.FindAsync(tx, dagId, runId))?.State, time, cancellation);

    public Task<RequestedRun> TriggerAsync(RunRequest request, CancellationToken cancellation) => trigger?.Invoke(request, cancellation)
        ?? throw new TaskFailure($"No run of DAG '{request.DagId}' is made here: a look at a trigger and a test in the designer only read.", retryable: false);

    public Task<bool> HasDagAsync(string dagId, CancellationToken cancellation) =>
        database.PatientlyAsync(async tx => await DagTable.FindAsync(tx, dagId) is not null, time, cancellation);

    public Task<bool> IsPausedAsync(string dagId, CancellationToken cancellation) =>
        database.PatientlyAsync(async tx => await DagTable.FindAsync(tx, dagId) is { IsPaused: true }, time, cancellation);

    public Task<OtherRun?> FindAsync(string dagId, DateTimeOffset logicalDate, IReadOnlyCollection<string> taskIds, CancellationToken cancellation) =>
        FindAsync(dagId, logicalDate, (_, _) => Task.FromResult(taskIds), cancellation);

    public Task<OtherRun?> FindGroupAsync(string dagId, DateTimeOffset logicalDate, string groupId, CancellationToken cancellation) =>
        FindAsync(dagId, logicalDate, async (tx, run) => [.. TaskGroups.Tasks(await versions.OfRunAsync(tx, run), groupId)], cancellation);

    private Task<OtherRun?> FindAsync(string dagId, DateTimeOffset logicalDate, Func<Transaction, DagRun, Task<IReadOnlyCollection<string>>> tasksOf, CancellationToken cancellation) =>
        database.PatientlyAsync(
            async tx =>
            {
                if (await DagRunQueries.FindAsync(tx, dagId, logicalDate) is not { } run) return null;
                var taskIds = await tasksOf(tx, run);
                return new OtherRun(run.RunId, run.State, taskIds.Count == 0 ? new Dictionary<string, TaskState>() : await TaskStateQueries.OfRunAsync(tx, run.Id, taskIds));
            },
            time, cancellation);
}
