namespace Pipelines.Model.Connections;

/// <summary>A store of connections and Variables outside of the engine, which is asked before any other (airflow-semantics.md §21). Safe for concurrent use.</summary>
public interface ISecretsBackend
{
    /// <summary>What it is called in messages, e.g. <c>AWS Secrets Manager in eu-central-1</c>.</summary>
    string Name { get; }

    /// <summary>What it holds: of a connection its URI or JSON, of a Variable its value; null when it holds none of this id, or is not asked about it.</summary>
    /// <param name="kind">Which of the two.</param>
    /// <param name="id">The conn_id, or the Variable's key.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="SecretsBackendException">It cannot tell.</exception>
    Task<string?> FindAsync(SecretKind kind, string id, CancellationToken cancellation);
}

/// <summary>What a secrets backend holds.</summary>
public enum SecretKind
{
    /// <summary>A connection.</summary>
    Connection,

    /// <summary>A Variable.</summary>
    Variable,
}

/// <summary>A secrets backend is not set up as it must be, or cannot tell what it was asked; the message is for the user and repeats no secret.</summary>
public sealed class SecretsBackendException(string message, Exception? inner = null) : Exception(message, inner);
