using Pipelines.Storage;
using Pipelines.Storage.Logs;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>The log of one attempt in the database.</summary>
internal sealed class AttemptLog(Database database, Assignment assignment) : ILogStore
{
    public Task<bool> AppendAsync(int chunk, IReadOnlyList<string> encodedLines, CancellationToken cancellation) =>
        database.InTransactionAsync(async tx =>
        {
            if (!await LogTable.AppendAsync(tx, assignment.AttemptId, chunk, encodedLines)) return false;
            await tx.NotifyLogsAsync([assignment.AttemptId]);
            return true;
        }, cancellation);

    public Task AppendLastAsync(LogLine line, CancellationToken cancellation) =>
        database.InTransactionAsync(tx => LogTable.AppendLastAsync(tx, assignment.TaskInstance.Id, assignment.TaskInstance.Token, line), cancellation);
}
