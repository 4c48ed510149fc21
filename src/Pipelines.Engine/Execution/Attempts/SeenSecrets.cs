using Pipelines.Model.Connections;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>The secrets that an attempt has seen so far; they are masked in everything that people can read. Safe for concurrent use.</summary>
internal sealed class SeenSecrets
{
    private readonly Lock _adding = new();
    private volatile SecretMask _mask = SecretMask.Empty;

    /// <summary>Masks a connection's secrets from now on.</summary>
    public void Add(Connection connection)
    {
        lock (_adding) _mask = _mask.With(connection);
    }

    /// <summary>Masks a text from now on.</summary>
    public void Add(string? secret)
    {
        lock (_adding) _mask = _mask.With(secret);
    }

    /// <summary>The text without secrets.</summary>
    public string Apply(string text) => _mask.Apply(text);
}
