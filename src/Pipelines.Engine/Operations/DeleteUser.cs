using Pipelines.Storage;
using Pipelines.Storage.Access;

namespace Pipelines.Engine.Operations;

/// <summary>Takes a user's login away. What the user did stays in the audit log.</summary>
public sealed class DeleteUser(Database database, TimeProvider time)
{
    /// <exception cref="OperationException">No such user, the actor's own, or the last admin.</exception>
    public Task ExecuteAsync(string username, Actor actor, CancellationToken cancellation)
    {
        if (username == actor.Name)
            throw new OperationException(RefusalKind.Conflict, $"You are '{username}' yourself. Ask another admin to delete this user.");
        return database.InTransactionAsync(async tx =>
        {
            await KeepOneAdminAsync(tx, username);
            if (!await UserTable.DeleteAsync(tx, username)) throw Unknown(username);
            await EventLogTable.AddAsync(tx, new Event("delete_user", actor.Name) { Extra = username }, time.GetUtcNow());
        }, cancellation);
    }

    /// <summary>Refuses when <paramref name="username"/> is the only admin; no other admin can go until the transaction's end.</summary>
    internal static async Task KeepOneAdminAsync(Transaction tx, string username)
    {
        if (await UserTable.LockAdminsAsync(tx) is [var last] && last == username)
            throw new OperationException(RefusalKind.Conflict, $"'{username}' is the only admin. Make another user admin first.");
    }

    internal static OperationException Unknown(string username) =>
        new(RefusalKind.NotFound, $"There is no user '{username}'. Somebody may have deleted it just now.");
}
