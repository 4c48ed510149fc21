using Pipelines.Model.Runs;

namespace Pipelines.Engine;

/// <summary>How the scheduling half of the engine behaves; what a worker does is set by its own options.</summary>
public sealed record EngineSettings
{
    /// <summary>The folder of DAG files.</summary>
    public required string WorkflowsFolder { get; init; }

    /// <summary>The folder of plugins; it need not be there.</summary>
    public string PluginsFolder { get; init; } = "plugins";

    /// <summary>Whether a sensor that says nothing of it is deferrable (Airflow's operators.default_deferrable).</summary>
    public bool DefaultDeferrable { get; init; }

    /// <summary>True: the folder's <c>examples/</c> are DAGs too.</summary>
    public bool LoadExamples { get; init; }

    /// <summary>True: the designer may publish and test activities that run code on the workers.</summary>
    public bool DesignerAllowCode { get; init; }

    /// <summary>
    /// Task instances queued or running at a time in the whole installation. Airflow's core.parallelism counts per scheduler; here workers
    /// and web hosts grant slots as well, so that only one number for all of them means anything.
    /// </summary>
    public int Parallelism { get; init; } = 32;

    /// <summary>False: what a run was triggered with leaves its params as they are (Airflow's core.dag_run_conf_overrides_params).</summary>
    public bool DagRunConfOverridesParams { get; init; } = true;

    /// <summary>The page of a task instance's try, for <c>ti.log_url</c>; null: there is none.</summary>
    public Func<TaskInstanceKey, int, string>? TaskUrl { get; init; }

    /// <summary>False for a process that need not know the installation's settings, such as the command line: it leaves slots to the schedulers.</summary>
    public bool GrantsSlots { get; init; } = true;

    /// <summary>Time between two ticks when nothing calls for one sooner.</summary>
    public TimeSpan TickInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Time between two looks at the DAG folder where nothing tells of a change.</summary>
    public TimeSpan FolderInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A file of the DAG folder is read when nobody has written it for so long: a save takes a moment.</summary>
    public TimeSpan FolderQuiet { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>A queued task that nobody claimed for this long is handed to Hangfire again.</summary>
    public TimeSpan HandAgainAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>No lease counts as lost for this long after the database's server has started: every worker first gets the time to renew.</summary>
    public TimeSpan LeaseGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Task logs of attempts that started longer ago are deleted.</summary>
    public TimeSpan LogRetention { get; init; } = TimeSpan.FromDays(30);
}
