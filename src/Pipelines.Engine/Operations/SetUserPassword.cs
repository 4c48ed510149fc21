using Pipelines.Storage;
using Pipelines.Storage.Access;

namespace Pipelines.Engine.Operations;

/// <summary>Gives a user a new password, which ends the sessions and tokens of the old one.</summary>
public sealed class SetUserPassword(Database database, TimeProvider time)
{
    /// <exception cref="OperationException">No such user, or the password is empty.</exception>
    public Task ExecuteAsync(string username, string password, Actor actor, CancellationToken cancellation)
    {
        CreateUser.CheckPassword(username, password);
        return database.InTransactionAsync(async tx =>
        {
            if (!await UserTable.SetPasswordAsync(tx, username, PasswordHash.Create(password))) throw DeleteUser.Unknown(username);
            await EventLogTable.AddAsync(tx, new Event("set_user_password", actor.Name) { Extra = username }, time.GetUtcNow());
        }, cancellation);
    }
}
