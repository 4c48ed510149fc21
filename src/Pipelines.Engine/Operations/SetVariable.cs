using Pipelines.Model.Activities;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Secrets;

namespace Pipelines.Engine.Operations;

/// <summary>Sets a variable that templates read as <c>var.value.KEY</c>.</summary>
public sealed class SetVariable(Database database, TimeProvider time)
{
    /// <exception cref="OperationException">The key is empty or longer than 250 characters.</exception>
    /// <exception cref="UnstorableTextException">A text of it is none.</exception>
    /// <exception cref="SecretException">Our key is not this installation's.</exception>
    public Task ExecuteAsync(string key, string value, string? description, Actor actor, CancellationToken cancellation)
    {
        if (key.Length is 0 or > 250)
            throw new OperationException(RefusalKind.Invalid, $"A variable's key has 1 to 250 characters, this one {key.Length}.");
        // Encrypted it could be stored, but nothing that it is for would take it.
        StorableText.Check(value, $"The value of variable '{StorableText.Of(key)}'");
        return database.InTransactionAsync(async tx =>
        {
            await SecretCheckTable.EnsureAsync(tx);
            await VariableTable.PutAsync(tx, key, value, description);
            await EventLogTable.AddAsync(tx, new Event("set_variable", actor.Name) { Extra = key }, time.GetUtcNow());
        }, cancellation);
    }
}
