using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Logs;
using Pipelines.Storage.Runs;

namespace Pipelines.Cli.Terminal;

/// <summary>The log of one try of a task: of the worker that took it, and of those that took it again after one had handed it back.</summary>
internal sealed class FollowedLog(Database database, long taskInstanceId, int tryNumber)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Prints it; with <paramref name="follow"/> until the try is over.</summary>
    public async Task PrintAsync(bool follow, TextWriter output, CancellationToken cancellation)
    {
        var (claim, chunk) = (0, 0);
        while (true)
        {
            var (page, hasNext, isOver) = await database.InTransactionAsync(tx => ReadAsync(tx, claim, chunk), cancellation);
            foreach (var line in page.Lines) await output.WriteLineAsync(LogText.Of(line));
            chunk = page.NextChunk;
            if (page.Lines.Count > 0) continue;
            if (hasNext) (claim, chunk) = (claim + 1, 0);
            else if (!follow || isOver) return;
            else await Task.Delay(Pause, cancellation);
        }
    }

    // The states first: what is over then has its last line already.
    private async Task<(LogPage Page, bool HasNext, bool IsOver)> ReadAsync(Transaction tx, int claim, int chunk)
    {
        var task = (await TaskInstanceTable.FindAsync(tx, [taskInstanceId])).GetValueOrDefault(taskInstanceId);
        var claims = (await TaskAttemptTable.OfTaskInstanceAsync(tx, taskInstanceId)).Where(attempt => attempt.TryNumber == tryNumber).ToList();
        var isOver = task is null || task.TryNumber != tryNumber || task.State is not (TaskState.Scheduled or TaskState.Queued or TaskState.Running or TaskState.Restarting or TaskState.UpForReschedule or TaskState.Deferred);
        var page = claim < claims.Count ? await LogTable.ReadAsync(tx, claims[claim].Id, chunk) : new LogPage([], chunk);
        return (page, claim + 1 < claims.Count, isOver);
    }
}
