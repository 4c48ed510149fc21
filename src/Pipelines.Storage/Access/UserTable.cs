namespace Pipelines.Storage.Access;

/// <summary>A person who may log in.</summary>
/// <param name="Username">Unique.</param>
/// <param name="PasswordHash">As <c>Operations.CreateUser</c> writes it.</param>
/// <param name="Role">admin, op, user or viewer.</param>
/// <param name="IsAuthor">True: may edit DAGs in the designer.</param>
public sealed record User(string Username, string PasswordHash, string Role, bool IsAuthor);

/// <summary>Table <c>app_user</c>.</summary>
public static class UserTable
{
    private const string Add =
        """
        INSERT INTO pipelines.app_user (username, password_hash, role, is_author, created_at)
        VALUES (@Username, @PasswordHash, @Role, @IsAuthor, @now)
        ON CONFLICT (username) DO NOTHING
        """;

    private const string Find = "SELECT username, password_hash, role, is_author FROM pipelines.app_user WHERE username = @username";

    private const string Any = "SELECT EXISTS (SELECT FROM pipelines.app_user)";

    /// <summary>False when the name is taken.</summary>
    public static async Task<bool> AddAsync(Transaction tx, User user, DateTimeOffset now) =>
        await tx.ExecuteAsync(Add, new { user.Username, user.PasswordHash, user.Role, user.IsAuthor, now }) == 1;

    /// <summary>Null when unknown.</summary>
    public static Task<User?> FindAsync(Transaction tx, string username) => tx.FindAsync<User>(Find, new { username });

    /// <summary>True when there is a user at all.</summary>
    public static Task<bool> AnyAsync(Transaction tx) => tx.SingleAsync<bool>(Any);
}
