namespace Pipelines.Storage.Secrets;

/// <summary>Table <c>secret_check</c>: tells a key that is not this installation's before anything is stored, or fails to be read, with it.</summary>
public static class SecretCheckTable
{
    private const string Word = "pipelines";

    private const string Find = "SELECT token FROM pipelines.secret_check FOR SHARE";

    private const string Add = "INSERT INTO pipelines.secret_check (token) VALUES (@token) ON CONFLICT DO NOTHING";

    private const string Replace = "INSERT INTO pipelines.secret_check (token) VALUES (@token) ON CONFLICT (is_only) DO UPDATE SET token = excluded.token";

    /// <summary>
    /// Passes when one of our keys reads what the installation stores; the first who asks an empty installation makes its key the
    /// installation's. The key stays it until the transaction's end.
    /// </summary>
    /// <exception cref="SecretException">None does.</exception>
    public static async Task EnsureAsync(Transaction tx)
    {
        if (await tx.FindAsync<string>(Find) is not { } token)
        {
            // Of an installation that is older than this table; it may have lost a key long ago and live with that.
            var stored = (await ConnectionTable.LockAllAsync(tx)).Where(row => row.Connection is null or { Password: not null } or { Extra.Count: > 0 }).Select(row => row.Connection is not null)
                .Concat((await VariableTable.LockAllAsync(tx)).Select(row => row.Variable is not null)).ToList();
            if (stored.Count > 0 && !stored.Contains(true)) throw Foreign();
            await tx.ExecuteAsync(Add, New(tx));
            // Another host may have been first, with another key.
            token = await tx.SingleAsync<string>(Find);
        }
        if (!tx.Database.Keys.Read(token)) throw Foreign();
    }

    /// <summary>
    /// From now on the first of our keys is the installation's. Comes before the secrets are read to be stored anew: it waits for whoever
    /// stores one at this moment, and holds up whoever comes after until the transaction's end.
    /// </summary>
    public static Task RenewAsync(Transaction tx) => tx.ExecuteAsync(Replace, New(tx));

    private static object New(Transaction tx) => new { token = tx.Database.Keys.Encrypt(Word) };

    private static SecretException Foreign() => new(
        "PIPELINES_FERNET_KEY is not the key that this installation's connections and variables are stored with, so tasks could not read them. "
        + "Set it to the key of the other hosts (several with commas between, the newest first). If that key is lost, 'pipelines rotate-fernet-key --drop-unreadable' begins anew with this one.");
}
