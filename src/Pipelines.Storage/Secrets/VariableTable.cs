namespace Pipelines.Storage.Secrets;

/// <summary>A value that templates read as <c>var.value.KEY</c>.</summary>
public sealed record Variable(string Key, string Value, string? Description);

/// <summary>Table <c>variable</c>: values are stored encrypted.</summary>
public static class VariableTable
{
    private const string Put =
        """
        INSERT INTO pipelines.variable (key, value, description) VALUES (@key, @token, @description)
        ON CONFLICT (key) DO UPDATE SET value = excluded.value, description = excluded.description
        """;

    private const string Find = "SELECT value FROM pipelines.variable WHERE key = @key";

    private const string List = "SELECT key, value FROM pipelines.variable ORDER BY key";

    private const string Describe = "SELECT key, value, description FROM pipelines.variable ORDER BY key";

    private const string LockAll = $"{Describe} FOR UPDATE";

    private const string Delete = "DELETE FROM pipelines.variable WHERE key = @key";

    /// <summary>Adds it, or replaces the one of its key.</summary>
    public static Task PutAsync(Transaction tx, string key, string value, string? description = null) =>
        tx.ExecuteAsync(Put, new { key, token = tx.Database.Keys.Encrypt(value), description });

    /// <summary>Its value; null when unknown.</summary>
    /// <exception cref="SecretException">It was stored with another key.</exception>
    public static async Task<string?> FindAsync(Transaction tx, string key) => Decrypt(tx, key, await tx.FindAsync<string>(Find, new { key }));

    /// <summary>All values by key.</summary>
    /// <exception cref="SecretException">One was stored with another key.</exception>
    public static async Task<IReadOnlyDictionary<string, string>> AllAsync(Transaction tx) =>
        (await tx.QueryAsync<(string Key, string Value)>(List))
            .ToDictionary(row => row.Key, row => Decrypt(tx, row.Key, row.Value)!, StringComparer.Ordinal);

    /// <summary>All with what people wrote about them, by key.</summary>
    /// <exception cref="SecretException">One was stored with another key.</exception>
    public static async Task<IReadOnlyList<Variable>> ListAsync(Transaction tx) =>
        [.. (await tx.QueryAsync<(string Key, string Value, string? Description)>(Describe))
            .Select(row => new Variable(row.Key, Decrypt(tx, row.Key, row.Value)!, row.Description))];

    /// <summary>As <see cref="ListAsync"/>, locked until the transaction's end; null in place of one that no key reads.</summary>
    public static async Task<IReadOnlyList<(string Key, Variable? Variable)>> LockAllAsync(Transaction tx) =>
        [.. (await tx.QueryAsync<(string Key, string Value, string? Description)>(LockAll))
            .Select(row => (row.Key, tx.Database.Keys.Read(row.Value) ? new Variable(row.Key, Decrypt(tx, row.Key, row.Value)!, row.Description) : null))];

    /// <summary>False when there was none.</summary>
    public static async Task<bool> DeleteAsync(Transaction tx, string key) => await tx.ExecuteAsync(Delete, new { key }) == 1;

    private static string? Decrypt(Transaction tx, string key, string? token) =>
        token is null ? null : tx.Database.Keys.Decrypt(token, $"Variable '{key}'");
}
