using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Secrets;

namespace Pipelines.Engine.Operations;

/// <summary>Deletes a connection.</summary>
public sealed class DeleteConnection(Database database, TimeProvider time)
{
    /// <exception cref="OperationException">There is none of this id.</exception>
    public Task ExecuteAsync(string connId, Actor actor, CancellationToken cancellation) => database.InTransactionAsync(async tx =>
    {
        if (!await ConnectionTable.DeleteAsync(tx, connId))
            throw new OperationException(RefusalKind.NotFound, $"There is no connection '{connId}'. 'pipelines connections list' shows them.");
        await EventLogTable.AddAsync(tx, new Event("delete_connection", actor.Name) { Extra = connId }, time.GetUtcNow());
    }, cancellation);
}
