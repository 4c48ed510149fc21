using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>The runs of any DAG as an activity may read them.</summary>
internal sealed class StoredRuns(Database database, TimeProvider time) : IOtherRuns
{
    public Task<bool> HasDagAsync(string dagId, CancellationToken cancellation) =>
        database.PatientlyAsync(async tx => await DagTable.FindAsync(tx, dagId) is not null, time, cancellation);

    public Task<OtherRun?> FindAsync(string dagId, DateTimeOffset logicalDate, IReadOnlyCollection<string> taskIds, CancellationToken cancellation) =>
        database.PatientlyAsync(async tx => await DagRunQueries.FindAsync(tx, dagId, logicalDate) is { } run
            ? new OtherRun(run.RunId, run.State, taskIds.Count == 0 ? new Dictionary<string, TaskState>() : await TaskStateQueries.OfRunAsync(tx, run.Id, taskIds))
            : null, time, cancellation);
}
