using Pipelines.Storage;
using Pipelines.Storage.Access;

namespace Pipelines.Engine.Operations;

/// <summary>Says what a user may do.</summary>
public sealed class SetUserRole(Database database, TimeProvider time)
{
    /// <exception cref="OperationException">No such user or role, or nobody would be admin any more.</exception>
    public Task ExecuteAsync(string username, string role, bool isAuthor, Actor actor, CancellationToken cancellation)
    {
        CreateUser.CheckRole(role);
        return database.InTransactionAsync(async tx =>
        {
            if (role != CreateUser.Roles[0]) await DeleteUser.KeepOneAdminAsync(tx, username);
            if (!await UserTable.SetRoleAsync(tx, username, role, isAuthor || role == CreateUser.Roles[0])) throw DeleteUser.Unknown(username);
            await EventLogTable.AddAsync(tx, new Event("set_user_role", actor.Name) { Extra = $"{username} ({role}{(isAuthor ? ", author" : "")})" }, time.GetUtcNow());
        }, cancellation);
    }
}
