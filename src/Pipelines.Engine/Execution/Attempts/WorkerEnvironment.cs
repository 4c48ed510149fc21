using Pipelines.Model.Activities;
using Pipelines.Model.Connections;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>
/// Connections and Variables that a worker's environment holds, in Airflow's names (<c>AIRFLOW_CONN_…</c>, <c>AIRFLOW_VAR_…</c>). They come
/// before those of the metadata database (airflow-semantics.md §21), and no page lists them.
/// </summary>
internal static class WorkerEnvironment
{
    /// <summary>Null when the environment holds none of this id.</summary>
    /// <exception cref="TaskFailure">What it holds is no connection (not retryable).</exception>
    public static Connection? Connection(string connId)
    {
        var name = ConnectionRules.EnvironmentName(connId);
        if (Environment.GetEnvironmentVariable(name) is not { } text) return null;
        try
        {
            return ConnectionRules.Parse(connId, text);
        }
        catch (ConnectionException error)
        {
            throw new TaskFailure($"Environment variable {name} of worker {Environment.MachineName} holds no connection: {error.Message} Mend it there and start the worker again.", retryable: false, inner: error);
        }
    }

    /// <summary>Null when the environment holds none of this key.</summary>
    public static string? Variable(string key) => Environment.GetEnvironmentVariable(ConnectionRules.VariableEnvironmentName(key));
}
