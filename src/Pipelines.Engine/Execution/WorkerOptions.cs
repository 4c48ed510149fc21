using Pipelines.Model.Runs;

namespace Pipelines.Engine.Execution;

/// <summary>How a worker works.</summary>
public sealed record WorkerOptions
{
    /// <summary>Tasks at a time in this process.</summary>
    public int WorkerCount { get; init; } = Math.Max(4, Environment.ProcessorCount * 2);

    /// <summary>The queues it serves, in Airflow's spelling.</summary>
    public IReadOnlyList<string> Queues { get; init; } = ["default"];

    /// <summary>
    /// Who it is, for people and for Hangfire's Servers page. No two workers, running or dead, have the same: containers share host names
    /// and process ids, so four more letters tell them apart.
    /// </summary>
    public string Name { get; init; } = $"{Environment.MachineName}:{Environment.ProcessId}:{Guid.NewGuid().ToString("N")[..4]}";

    /// <summary>How long a claim holds without renewal; then another worker may take over.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often claims are renewed, all of a worker in one statement; well below <see cref="Lease"/>. A task that was cleared or marked is stopped within it.</summary>
    public TimeSpan RenewEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long running tasks may go on once the worker was told to stop; those that have not ended by then are cancelled and handed back.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a cancelled activity may take to end before it is left behind.</summary>
    public TimeSpan CancelGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What a task returns has at most so many entries if others are mapped over it (Airflow's core.max_map_length).</summary>
    public int MaxMapLength { get; init; } = 1024;

    /// <summary>False: what a run was triggered with leaves its params as they are (Airflow's core.dag_run_conf_overrides_params).</summary>
    public bool ConfOverridesParams { get; init; } = true;

    /// <summary>The page of a task instance's try, for <c>ti.log_url</c>; null: there is none.</summary>
    public Func<TaskInstanceKey, int, string>? TaskUrl { get; init; }

    /// <summary>The longest that a stop takes, with the reports of the tasks that end last.</summary>
    public TimeSpan LongestStop => StopGrace + CancelGrace + TimeSpan.FromSeconds(10);
}
