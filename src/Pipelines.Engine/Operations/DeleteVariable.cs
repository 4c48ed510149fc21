using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Secrets;

namespace Pipelines.Engine.Operations;

/// <summary>Deletes a variable.</summary>
public sealed class DeleteVariable(Database database, TimeProvider time)
{
    /// <exception cref="OperationException">There is none of this key.</exception>
    public Task ExecuteAsync(string key, Actor actor, CancellationToken cancellation) => database.InTransactionAsync(async tx =>
    {
        if (!await VariableTable.DeleteAsync(tx, key))
            throw new OperationException(RefusalKind.NotFound, $"There is no variable '{key}'. Somebody may have deleted it just now.");
        await EventLogTable.AddAsync(tx, new Event("delete_variable", actor.Name) { Extra = key }, time.GetUtcNow());
    }, cancellation);
}
