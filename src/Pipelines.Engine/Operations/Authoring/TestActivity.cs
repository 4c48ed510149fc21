using Pipelines.Engine.Execution.Testing;
using Pipelines.Model.Activities;
using Pipelines.Storage;
using Pipelines.Storage.Access;

namespace Pipelines.Engine.Operations.Authoring;

/// <summary>Tests one activity of a DAG's text: what it does is real, and of it stays but the event log's line of who did it.</summary>
public sealed class TestActivity(Database database, ActivityCatalog catalog, DagFiles files, ActivityTest test, EngineSettings settings, TimeProvider time)
{
    // They run in the web host, whose work is to answer.
    private const int MostAtOnce = 4;

    private int _running;

    /// <param name="dagId">The DAG.</param>
    /// <param name="text">Its file's text, or its draft's.</param>
    /// <param name="activityId">Elsa's id of the activity in it.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="cancellation">The person waits no longer.</param>
    /// <exception cref="OperationException">No such activity, one that may not be tested, errors in its inputs, or too many tests at once.</exception>
    public async Task<ActivityTestResult> ExecuteAsync(string dagId, string text, string activityId, Actor actor, CancellationToken cancellation)
    {
        var subject = await TestSubject.FindAsync(database, catalog, files.TemplatesOf($"{dagId}.json"), dagId, text, activityId, time.GetUtcNow(), cancellation);
        if (CodeRule.Offence(subject.Assignment.Task, catalog, settings) is { } offence) throw new OperationException(RefusalKind.Invalid, offence);
        try
        {
            if (Interlocked.Increment(ref _running) > MostAtOnce)
                throw new OperationException(RefusalKind.Conflict, $"{MostAtOnce} tests run on this host already. Try again when one of them has ended.");
            await database.InTransactionAsync(tx => EventLogTable.AddAsync(tx,
                new Event("test_activity", actor.Name) { DagId = dagId, RunId = subject.Assignment.Run.RunId, TaskId = subject.Assignment.Task.TaskId, Extra = subject.About }, time.GetUtcNow()), cancellation);
            return await test.RunAsync(subject, cancellation);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }
}
