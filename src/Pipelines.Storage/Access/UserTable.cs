namespace Pipelines.Storage.Access;

/// <summary>A person who may log in.</summary>
/// <param name="Username">Unique.</param>
/// <param name="PasswordHash">As <c>Operations.CreateUser</c> writes it.</param>
/// <param name="Role">admin, op, user or viewer.</param>
/// <param name="IsAuthor">True: may edit DAGs in the designer.</param>
/// <param name="Stamp">Of this password: another one means that who signed in with the old one must do so again.</param>
public sealed record User(string Username, string PasswordHash, string Role, bool IsAuthor, Guid Stamp);

/// <summary>Table <c>app_user</c>.</summary>
public static class UserTable
{
    private const string Add =
        """
        INSERT INTO pipelines.app_user (username, password_hash, role, is_author, stamp, created_at)
        VALUES (@Username, @PasswordHash, @Role, @IsAuthor, @Stamp, @now)
        ON CONFLICT (username) DO NOTHING
        """;

    private const string Find = "SELECT username, password_hash, role, is_author, stamp FROM pipelines.app_user WHERE username = @username";

    private const string List = "SELECT username, password_hash, role, is_author, stamp FROM pipelines.app_user ORDER BY username";

    // Two admins who demote each other at the same moment must not leave none: the rows of all admins are locked first.
    private const string LockAdmins = "SELECT username FROM pipelines.app_user WHERE role = 'admin' ORDER BY username FOR UPDATE";

    private const string SetRole = "UPDATE pipelines.app_user SET role = @role, is_author = @isAuthor WHERE username = @username";

    private const string SetPassword = "UPDATE pipelines.app_user SET password_hash = @passwordHash, stamp = gen_random_uuid() WHERE username = @username";

    private const string Delete = "DELETE FROM pipelines.app_user WHERE username = @username";

    private const string Any = "SELECT EXISTS (SELECT FROM pipelines.app_user)";

    /// <summary>False when the name is taken.</summary>
    public static async Task<bool> AddAsync(Transaction tx, User user, DateTimeOffset now) =>
        await tx.ExecuteAsync(Add, new { user.Username, user.PasswordHash, user.Role, user.IsAuthor, user.Stamp, now }) == 1;

    /// <summary>Null when unknown.</summary>
    public static Task<User?> FindAsync(Transaction tx, string username) => tx.FindAsync<User>(Find, new { username });

    /// <summary>All, by name.</summary>
    public static Task<IReadOnlyList<User>> ListAsync(Transaction tx) => tx.QueryAsync<User>(List);

    /// <summary>Names of all admins, locked until the transaction's end.</summary>
    public static Task<IReadOnlyList<string>> LockAdminsAsync(Transaction tx) => tx.QueryAsync<string>(LockAdmins);

    /// <summary>False when unknown.</summary>
    public static async Task<bool> SetRoleAsync(Transaction tx, string username, string role, bool isAuthor) =>
        await tx.ExecuteAsync(SetRole, new { username, role, isAuthor }) == 1;

    /// <summary>With a new stamp. False when unknown.</summary>
    public static async Task<bool> SetPasswordAsync(Transaction tx, string username, string passwordHash) =>
        await tx.ExecuteAsync(SetPassword, new { username, passwordHash }) == 1;

    /// <summary>False when unknown.</summary>
    public static async Task<bool> DeleteAsync(Transaction tx, string username) => await tx.ExecuteAsync(Delete, new { username }) == 1;

    /// <summary>True when there is a user at all.</summary>
    public static Task<bool> AnyAsync(Transaction tx) => tx.SingleAsync<bool>(Any);
}
