using System.Globalization;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Operations;

/// <summary>Makes a pool, or changes the one of its name (airflow-semantics.md §15). What is in it goes on, also when it is made smaller than that.</summary>
public sealed class SetPool(Database database, TimeProvider time)
{
    private const int LongestName = 256;

    /// <param name="name">Its name in DAG files.</param>
    /// <param name="slots">-1: without end.</param>
    /// <param name="description">Null: the one that it has stays.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="includeDeferred">Whether deferred task instances keep their slots; null: it stays as it is.</param>
    /// <exception cref="OperationException">The name is empty or longer than 256 characters, or there are fewer than -1 slots.</exception>
    public Task ExecuteAsync(string name, int slots, string? description, Actor actor, CancellationToken cancellation, bool? includeDeferred = null)
    {
        if (name.Length is 0 or > LongestName || name.Trim() != name || name.Any(char.IsControl))
            throw new OperationException(RefusalKind.Invalid, $"A pool's name has 1 to {LongestName} characters, without control characters and without spaces at its ends. This one has {name.Length}.");
        if (slots < -1)
            throw new OperationException(RefusalKind.Invalid, $"Pool '{name}' cannot have {slots} slots. Give 0 or more, or -1 for a pool without end.");
        return database.InTransactionAsync(async tx =>
        {
            await PoolTable.PutAsync(tx, name, slots, description, includeDeferred);
            var extra = string.Create(CultureInfo.InvariantCulture, $"{name}: {slots} slots{(includeDeferred switch { true => ", with those of deferred tasks", false => ", without those of deferred tasks", null => "" })}");
            await EventLogTable.AddAsync(tx, new Event("set_pool", actor.Name) { Extra = extra }, time.GetUtcNow());
            // Who waited for a slot may have one now.
            await tx.NotifyAsync(Topic.SchedulerWork, "");
            await tx.NotifyAsync(Topic.DagChanged, "");
        }, cancellation);
    }
}
