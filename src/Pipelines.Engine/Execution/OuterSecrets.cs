using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Pipelines.Model.Connections;

namespace Pipelines.Engine.Execution;

/// <summary>
/// The secrets backend of this host, which is asked before the environment and the database (airflow-semantics.md §21). As in Airflow they
/// are asked all the same when it cannot tell.
/// </summary>
/// <param name="backend">It.</param>
/// <param name="keep">How long an answer is good, also one that there is nothing; zero: each is asked for anew (Airflow's secrets.use_cache).</param>
/// <param name="time">Measures that.</param>
/// <param name="log">Is told when it cannot tell.</param>
public sealed class OuterSecrets(ISecretsBackend backend, TimeSpan keep, TimeProvider time, ILogger<OuterSecrets> log)
{
    private const int MaxKept = 1000;

    private readonly ConcurrentDictionary<(SecretKind Kind, string Id), (string? Text, long At)> _kept = new();

    /// <summary>What it is called in messages.</summary>
    public string Name => backend.Name;

    /// <summary>What it holds of this id, or why it cannot tell.</summary>
    internal async Task<(string? Text, string? Trouble)> FindAsync(SecretKind kind, string id, CancellationToken cancellation)
    {
        if (keep > TimeSpan.Zero && _kept.TryGetValue((kind, id), out var kept) && time.GetElapsedTime(kept.At) < keep) return (kept.Text, null);
        try
        {
            var text = await backend.FindAsync(kind, id, cancellation);
            if (_kept.Count >= MaxKept) _kept.Clear();
            if (keep > TimeSpan.Zero) _kept[(kind, id)] = (text, time.GetTimestamp());
            return (text, null);
        }
        catch (SecretsBackendException error)
        {
            log.LogWarning("The secrets backend cannot tell about {Kind} {Id}; the environment and the database are asked: {Error}", kind, id, error.Message);
            return (null, error.Message);
        }
    }
}
