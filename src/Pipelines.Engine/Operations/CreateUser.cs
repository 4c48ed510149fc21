using System.Security.Cryptography;
using Pipelines.Storage;
using Pipelines.Storage.Access;

namespace Pipelines.Engine.Operations;

/// <summary>Adds people who may log in.</summary>
public sealed class CreateUser(Database database, TimeProvider time)
{
    /// <summary>Name of the first user.</summary>
    public const string FirstName = "admin";

    /// <summary>Roles from the most to the least powerful.</summary>
    public static IReadOnlyList<string> Roles { get; } = ["admin", "op", "user", "viewer"];

    /// <exception cref="OperationException">The name is taken, the role unknown, or the password empty.</exception>
    public Task ExecuteAsync(string username, string password, string role, bool isAuthor, Actor actor, CancellationToken cancellation)
    {
        if (username.Length is 0 or > 250 || username.Trim() != username || username.Any(char.IsControl))
            throw new OperationException(RefusalKind.Invalid, "A user name has 1 to 250 characters, without control characters and without spaces at its ends.");
        CheckRole(role);
        CheckPassword(username, password);
        var user = new User(username, PasswordHash.Create(password), role, isAuthor || role == Roles[0], Guid.NewGuid());
        return database.InTransactionAsync(async tx =>
        {
            if (!await UserTable.AddAsync(tx, user, time.GetUtcNow()))
                throw new OperationException(RefusalKind.Conflict, $"There is a user '{username}' already. Choose another name.");
            await EventLogTable.AddAsync(tx, new Event("create_user", actor.Name) { Extra = $"{username} ({role})" }, time.GetUtcNow());
        }, cancellation);
    }

    internal static void CheckRole(string role)
    {
        if (!Roles.Contains(role)) throw new OperationException(RefusalKind.Invalid, $"Role '{role}' is not one of {string.Join(", ", Roles)}.");
    }

    internal static void CheckPassword(string username, string password)
    {
        if (password.Length == 0) throw new OperationException(RefusalKind.Invalid, $"The password of user '{username}' is empty. Give one.");
    }

    /// <summary>Adds the user <see cref="FirstName"/> when there is no user at all.</summary>
    /// <param name="password">From PIPELINES_ADMIN_PASSWORD; null: one is generated.</param>
    /// <returns>The generated password, to be printed once; null when none was generated.</returns>
    public async Task<string?> EnsureFirstAsync(string? password, CancellationToken cancellation)
    {
        if (await database.InTransactionAsync(UserTable.AnyAsync, cancellation)) return null;
        var generated = string.IsNullOrEmpty(password) ? RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", 20) : null;
        var user = new User(FirstName, PasswordHash.Create(generated ?? password!), Roles[0], true, Guid.NewGuid());
        // Another host may start at the same moment: the first one's password counts, and only it prints one.
        var added = await database.InTransactionAsync(tx => UserTable.AddAsync(tx, user, time.GetUtcNow()), cancellation);
        return added ? generated : null;
    }
}
