using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;
using Pipelines.Storage;
using Pipelines.Storage.Secrets;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>The secrets that an attempt has seen so far; they are masked in everything that people can read. Safe for concurrent use.</summary>
/// <param name="outer">Where they are looked for first; null: in the environment.</param>
internal sealed class SeenSecrets(OuterSecrets? outer = null)
{
    private readonly Lock _adding = new();
    private volatile SecretMask _mask = SecretMask.Empty;

    /// <summary>Masks a connection's secrets from now on.</summary>
    public void Add(Connection connection)
    {
        lock (_adding) _mask = _mask.With(connection);
    }

    /// <summary>Masks what a run was given under sensitive names from now on.</summary>
    public void Add(JsonObject conf)
    {
        lock (_adding) _mask = _mask.With(conf);
    }

    /// <summary>Masks a text from now on.</summary>
    public void Add(string? secret)
    {
        lock (_adding) _mask = _mask.With(secret);
    }

    /// <summary>Finds a connection, of the secrets backend, the worker's environment or else of the database, and masks its secrets from now on; null: there is none.</summary>
    /// <exception cref="TaskFailure">The backend or the environment holds something else under its name (not retryable), or the backend cannot tell and nobody else has it.</exception>
    public async Task<Connection?> FindConnectionAsync(Database database, string connectionId, TimeProvider time, CancellationToken cancellation)
    {
        var (text, trouble) = await OuterAsync(SecretKind.Connection, connectionId, cancellation);
        var connection = (text is null ? null : Parse(connectionId, text))
            ?? WorkerEnvironment.Connection(connectionId) ?? await database.PatientlyAsync(tx => ConnectionTable.FindAsync(tx, connectionId), time, cancellation);
        if (connection is null && trouble is not null) throw Unknown($"Connection '{connectionId}'", trouble);
        if (connection is not null) Add(connection);
        return connection;
    }

    /// <summary>As <see cref="FindConnectionAsync"/>, of one that must be there.</summary>
    /// <exception cref="TaskFailure">There is none, or as there.</exception>
    public async Task<Connection> ReadConnectionAsync(Database database, string connectionId, TimeProvider time, CancellationToken cancellation) =>
        await FindConnectionAsync(database, connectionId, time, cancellation)
            ?? throw new TaskFailure(
                $"Connection '{connectionId}' does not exist. Add it with 'pipelines connections add {connectionId} …', or name another one in the task's inputs.");

    /// <summary>Finds a Variable, in the same order; null: there is none. What the secrets backend holds is masked from now on, and what has a sensitive key.</summary>
    /// <exception cref="TaskFailure">The backend cannot tell and nobody else has it.</exception>
    public async Task<string?> FindVariableAsync(Database database, string key, TimeProvider time, CancellationToken cancellation)
    {
        var (text, trouble) = await OuterAsync(SecretKind.Variable, key, cancellation);
        var value = text ?? WorkerEnvironment.Variable(key) ?? await database.PatientlyAsync(tx => VariableTable.FindAsync(tx, key), time, cancellation);
        if (value is null && trouble is not null) throw Unknown($"Variable '{key}'", trouble);
        if (text is not null || SecretMask.IsSensitive(key)) Add(value);
        return value;
    }

    /// <summary>The text without secrets.</summary>
    public string Apply(string text) => _mask.Apply(text);

    private Task<(string? Text, string? Trouble)> OuterAsync(SecretKind kind, string id, CancellationToken cancellation) =>
        outer?.FindAsync(kind, id, cancellation) ?? Task.FromResult<(string?, string?)>((null, null));

    private Connection Parse(string connectionId, string text)
    {
        try
        {
            return ConnectionRules.Parse(connectionId, text);
        }
        catch (ConnectionException error)
        {
            throw new TaskFailure($"What {outer!.Name} holds of connection '{connectionId}' is no connection: {error.Message} Mend it there.", retryable: false, inner: error);
        }
    }

    private static TaskFailure Unknown(string what, string trouble) =>
        new($"{what} is neither in the environment nor in the database, and the secrets backend cannot tell: {trouble}");
}
