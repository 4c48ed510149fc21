using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Operations;

/// <summary>Writes a person's note on a run, e.g. why it was cleared.</summary>
public sealed class SetRunNote(Database database, TimeProvider time)
{
    /// <summary>The longest note, in characters (Airflow's limit).</summary>
    public const int MaxLength = 1000;

    /// <param name="note">Plain text; empty or null takes the note away.</param>
    /// <exception cref="OperationException">No such run, or the note is too long.</exception>
    public Task ExecuteAsync(string dagId, string runId, string? note, Actor actor, CancellationToken cancellation)
    {
        var text = string.IsNullOrWhiteSpace(note) ? null : note.Trim();
        if (text?.Length > MaxLength)
            throw new OperationException(RefusalKind.Invalid, $"A note has at most {MaxLength} characters, this one {text.Length}. Shorten it.");
        return database.InTransactionAsync(async tx =>
        {
            var run = await Lookup.LockRunAsync(tx, dagId, runId);
            await DagRunTable.SetNoteAsync(tx, run.Id, text);
            await EventLogTable.AddAsync(tx, new Event("set_run_note", actor.Name) { DagId = dagId, RunId = runId, Extra = text }, time.GetUtcNow());
            await tx.NotifyRunAsync(run.Id, dagId);
        }, cancellation);
    }
}
