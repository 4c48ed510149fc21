using Pipelines.Model.Assets;
using Pipelines.Model.Callbacks;
using Pipelines.Model.Mapping;
using Pipelines.Model.Params;

namespace Pipelines.Model.Dags;

/// <summary>One task of a DAG (airflow-semantics.md §5 for settings and defaults).</summary>
public sealed record DagTask
{
    /// <summary>Unique in the DAG; the activity's <c>name</c> in the file, after the id of its task group.</summary>
    public required string TaskId { get; init; }

    /// <summary>The activity's type name.</summary>
    public required string ActivityType { get; init; }

    /// <summary>Elsa's activity id in the file, for links back to the designer.</summary>
    public required string ActivityId { get; init; }

    /// <summary>The innermost task group that it is in (a flowchart in the file's flowchart); null: none. See also <see cref="TaskGroups"/>.</summary>
    public string? GroupId { get; init; }

    /// <summary>The activity's own inputs that the file sets, by name, not yet rendered.</summary>
    public IReadOnlyDictionary<string, InputExpression> Inputs { get; init; } = new Dictionary<string, InputExpression>();

    /// <summary>Those of <see cref="Inputs"/> that the DAG's default_args give: what the task is mapped over comes over them.</summary>
    public IReadOnlyCollection<string> DefaultedInputs { get; init; } = [];

    /// <summary>Ids of the tasks directly before this one, in the order of the DAG's tasks.</summary>
    public IReadOnlyList<string> Upstream { get; init; } = [];

    /// <summary>Ids of the tasks directly after this one, in the order of the DAG's tasks.</summary>
    public IReadOnlyList<string> Downstream { get; init; } = [];

    /// <summary>Which tasks of <see cref="Downstream"/> are connected to which port, in the same order; a task may be on several.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> DownstreamByPort { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Its activity may skip tasks after it (airflow-semantics.md §8).</summary>
    public bool SkipsDownstream { get; init; }

    /// <summary>Its activity asks people: for values of the task's own params too, so these need none before.</summary>
    public bool AsksPeople { get; init; }

    /// <summary>It prepares what others need, and a teardown directly after it takes away (airflow-semantics.md §9); see <see cref="SetupScopes"/>.</summary>
    public bool IsSetup { get; init; }

    /// <summary>It takes away what setups before it have prepared, however the work between has ended. Never a setup too.</summary>
    public bool IsTeardown { get; init; }

    /// <summary>Only of a teardown: that it failed fails the run too.</summary>
    public bool OnFailureFailDagrun { get; init; }

    /// <summary>What it comes to says nothing of the run (airflow-semantics.md §3.1).</summary>
    public bool IsIgnoredByRun => IsTeardown && !OnFailureFailDagrun;

    /// <summary><c>setup</c>, <c>teardown</c> or <c>teardown that may fail the run</c>, for people; null: it is work.</summary>
    public string? Role => IsSetup ? "setup" : !IsTeardown ? null : OnFailureFailDagrun ? "teardown that may fail the run" : "teardown";

    /// <summary>Further attempts after the first.</summary>
    public int Retries { get; init; }

    /// <summary>Time from a failure to the next attempt.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Multiplier of the delay per attempt; 0 or 1: constant.</summary>
    public double RetryExponentialBackoff { get; init; }

    /// <summary>Upper bound of the delay with backoff; null: only the global one (24 h).</summary>
    public TimeSpan? MaxRetryDelay { get; init; }

    /// <summary>When it may run, given its upstream.</summary>
    public TriggerRule TriggerRule { get; init; } = TriggerRule.AllSuccess;

    /// <summary>The pool whose slots it takes.</summary>
    public string Pool { get; init; } = "default_pool";

    /// <summary>Slots of the pool that it takes; 1 or more.</summary>
    public int PoolSlots { get; init; } = 1;

    /// <summary>Its own weight, as written.</summary>
    public int PriorityWeight { get; init; } = 1;

    /// <summary>Whose weights are added to its own.</summary>
    public WeightRule WeightRule { get; init; } = WeightRule.Downstream;

    /// <summary>The rule of somebody's own that says its weight instead, by the full name of its class, see <see cref="IPriorityWeightStrategy"/>; null: none.</summary>
    public string? OwnWeightRule { get; init; }

    /// <summary>The weight by which its task instances are queued, the highest first: its own with those that the weight rule adds, see <see cref="PriorityWeights"/>.</summary>
    public int PriorityWeightTotal { get; init; } = 1;

    /// <summary>Its task instances that may be queued or running together over all runs of the DAG; null: no limit.</summary>
    public int? MaxActiveTisPerDag { get; init; }

    /// <summary>Its task instances that may be queued or running together in one run; null: no limit.</summary>
    public int? MaxActiveTisPerDagrun { get; init; }

    /// <summary>Assets that its success updates.</summary>
    public AssetUse Outlets { get; init; } = AssetUse.None;

    /// <summary>Assets that it reads; for people, and to look up their events.</summary>
    public AssetUse Inlets { get; init; } = AssetUse.None;

    /// <summary>Whom it tells of how it goes (airflow-semantics.md §6).</summary>
    public CallbackLists Callbacks { get; init; } = CallbackLists.None;

    /// <summary>Longest time of one attempt; null: no limit.</summary>
    public TimeSpan? ExecutionTimeout { get; init; }

    /// <summary>The worker queue, in Airflow's spelling.</summary>
    public string Queue { get; init; } = "default";

    /// <summary>What it is mapped over, itself or with its task group; null: it has one task instance in a run.</summary>
    public TaskMapping? Mapping { get; init; }

    /// <summary>
    /// The task group that it is mapped with; null: none. Task instances of one such group that have the same map index belong together: to one
    /// another they are all that there is of their tasks.
    /// </summary>
    public string? MappedGroupId { get; init; }

    /// <summary>Whether it is mapped with another task.</summary>
    public bool IsMappedWith(DagTask other) => MappedGroupId is not null && MappedGroupId == other.MappedGroupId;

    /// <summary>A template that names each of its mapped task instances to people; null: their map index does.</summary>
    public string? MapIndexTemplate { get; init; }

    /// <summary>Its own params, which count before the DAG's of the same name (airflow-semantics.md §20).</summary>
    public DagParams Params { get; init; } = DagParams.Empty;

    /// <summary>It waits until it has ended well in the run before (airflow-semantics.md §5.2).</summary>
    public bool DependsOnPast { get; init; }

    /// <summary>It waits also for the tasks directly after it in the run before; then <see cref="DependsOnPast"/> is true.</summary>
    public bool WaitForDownstream { get; init; }

    /// <summary>The first task instance of the task waits for no run that lacks the task. True as Airflow's configuration has it.</summary>
    public bool IgnoreFirstDependsOnPast { get; init; } = true;

    /// <summary>What is to be skipped is not before its past allows it to run.</summary>
    public bool WaitForPastDependsBeforeSkipping { get; init; }

    /// <summary>First logical date whose run has it, UTC; null: as the DAG.</summary>
    public DateTimeOffset? StartDate { get; init; }

    /// <summary>Last logical date whose run has it, UTC; null: as the DAG.</summary>
    public DateTimeOffset? EndDate { get; init; }
}

/// <summary>An input as written: a text and the syntax to read it with.</summary>
/// <param name="Syntax">How the text becomes a value.</param>
/// <param name="Text">The text.</param>
public sealed record InputExpression(ExpressionSyntax Syntax, string Text);

/// <summary>Expression syntaxes of DAG files.</summary>
public enum ExpressionSyntax
{
    /// <summary>The text is the value.</summary>
    Literal,

    /// <summary>An Airflow template.</summary>
    Jinja,

    /// <summary>A JavaScript expression.</summary>
    JavaScript,
}

/// <summary>Airflow's weight rules (airflow-semantics.md §5): what the weight is by which a task is queued.</summary>
public enum WeightRule
{
    /// <summary>Its own and those of all tasks after it, so that what much depends on comes first.</summary>
    Downstream,

    /// <summary>Its own and those of all tasks before it, so that a run that has begun is finished first.</summary>
    Upstream,

    /// <summary>Its own alone.</summary>
    Absolute,
}
