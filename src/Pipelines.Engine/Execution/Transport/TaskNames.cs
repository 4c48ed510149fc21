using System.Collections.Concurrent;
using Hangfire;
using Hangfire.Common;
using Hangfire.Dashboard;
using Pipelines.Model.Runs;

namespace Pipelines.Engine.Execution.Transport;

/// <summary>
/// <c>dag.task [run]</c> for the dashboard. Hangfire jobs carry ids only, and a page lists up to a few hundred jobs again and again, so
/// names, which never change, are kept.
/// </summary>
internal sealed class TaskNames(Func<long, TaskInstanceKey?> find)
{
    private const int Kept = 20_000;
    private readonly ConcurrentDictionary<long, string> _names = new();

    /// <summary>Null when the task instance is gone.</summary>
    public TaskInstanceKey? Find(long taskInstanceId) => find(taskInstanceId);

    /// <summary>The name, or one that says the task instance is gone.</summary>
    public string Of(long taskInstanceId)
    {
        if (_names.TryGetValue(taskInstanceId, out var name)) return name;
        if (find(taskInstanceId) is not { } key) return $"deleted task instance {taskInstanceId}";
        if (_names.Count >= Kept) _names.Clear();
        return _names[taskInstanceId] = key.ToString();
    }
}

/// <summary>Makes Hangfire's dashboard show a task job under its task's name.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TaskNameAttribute() : JobDisplayNameAttribute("task instance {0}")
{
    public override string Format(DashboardContext context, Job job) =>
        context.Storage is TransportStorage storage && TaskJob.IdOf(job) is { } id ? storage.Names.Of(id) : base.Format(context, job);
}
