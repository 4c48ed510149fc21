using Pipelines.Engine.Execution.Attempts;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Callbacks;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Logs;

namespace Pipelines.Engine.Callbacks;

/// <summary>What the callbacks of a task say goes to the end of their attempt's log.</summary>
internal sealed class EndedAttemptLog(Database database, long taskInstanceId, long token) : ILogStore
{
    public Task<bool> AppendAsync(int chunk, IReadOnlyList<string> encodedLines, CancellationToken cancellation) => database.InTransactionAsync(async tx =>
    {
        if (await LogTable.AppendAfterEndAsync(tx, taskInstanceId, token, encodedLines) is not { } attemptId) return false;
        await tx.NotifyLogsAsync([attemptId]);
        return true;
    }, cancellation);

    // Only of an attempt that is gone with its run.
    public Task AppendLastAsync(LogLine line, CancellationToken cancellation) => Task.CompletedTask;
}

/// <summary>What the callbacks of a DAG say is an event of its run: no task's log would be the place to look for it.</summary>
internal sealed class RunCallbackLog(Database database, DagRun run, CallbackMoment moment, TimeProvider time) : ILogStore
{
    private const int Longest = 4000;

    public Task<bool> AppendAsync(int chunk, IReadOnlyList<string> encodedLines, CancellationToken cancellation) => database.InTransactionAsync(async tx =>
    {
        await CallbackRecord.AddAsync(tx, run, moment.Kind, Words(encodedLines), time.GetUtcNow());
        return true;
    }, cancellation);

    public Task AppendLastAsync(LogLine line, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>What it said last tells most: how it ended, and what a command printed before that.</summary>
    private static string Words(IReadOnlyList<string> encodedLines)
    {
        List<string> words = [];
        foreach (var message in encodedLines.Reverse().Select(line => LogTable.Decode(line).Message))
        {
            if (words.Count > 0 && words.Sum(line => line.Length + 1) + message.Length > Longest) break;
            words.Insert(0, Excerpt.Of(message, Longest));
        }

        return string.Join('\n', words);
    }
}
