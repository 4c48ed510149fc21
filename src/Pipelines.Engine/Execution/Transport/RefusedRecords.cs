using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Execution.Transport;

/// <summary>Records that the database will not take. Each is told of once: the tick comes back to it again and again.</summary>
internal sealed class RefusedRecords(ILogger log)
{
    // Told of twice is better than a memory that grows for as long as the process lives.
    private const int MostRemembered = 10_000;

    private readonly ConcurrentDictionary<long, bool> _known = new();

    /// <summary>Asking again would bring the same answer: one job that cannot be written must not hold up all others.</summary>
    public static bool IsRefusal(Exception error) => error is not OperationCanceledException && !DatabaseTrouble.MayPass(error);

    /// <summary>Leaves one as it is.</summary>
    public void SetAside(HangfireView view, Exception error)
    {
        if (_known.Count >= MostRemembered) _known.Clear();
        if (_known.TryAdd(view.TaskInstance.Id, true))
            log.LogError(error, "Hangfire's record of task {Task} (task instance {Id}) cannot be written and is set aside: {Error}. Pipelines itself is right about the task, only Hangfire's dashboard is not. "
                + "Look for what refuses it in the tables of schema hangfire; the scheduler's tick then writes what is missing", view.Key, view.TaskInstance.Id, error.Message);
    }
}
