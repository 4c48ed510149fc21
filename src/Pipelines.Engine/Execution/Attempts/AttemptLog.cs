using Pipelines.Storage;
using Pipelines.Storage.Logs;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>The log of one attempt in the database. One that goes on writes behind what there is; its owner writes one chunk at a time.</summary>
internal sealed class AttemptLog(Database database, Assignment assignment) : ILogStore
{
    private int? _firstChunk = assignment.TaskInstance.AttemptGoesOn ? null : 0;

    public Task<bool> AppendAsync(int chunk, IReadOnlyList<string> encodedLines, CancellationToken cancellation) =>
        database.InTransactionAsync(async tx =>
        {
            _firstChunk ??= await LogTable.NextChunkAsync(tx, assignment.AttemptId);
            if (!await LogTable.AppendAsync(tx, assignment.AttemptId, _firstChunk.Value + chunk, encodedLines)) return false;
            await tx.NotifyLogsAsync([assignment.AttemptId]);
            return true;
        }, cancellation);

    public Task AppendLastAsync(LogLine line, CancellationToken cancellation) =>
        database.InTransactionAsync(tx => LogTable.AppendLastAsync(tx, assignment.TaskInstance.Id, assignment.TaskInstance.Token, line), cancellation);
}
