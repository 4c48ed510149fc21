namespace Pipelines.Model.Activities;

/// <summary>The inputs of category "Task" that every activity has (airflow-semantics.md §5 for names and defaults).</summary>
public static class TaskInputs
{
    /// <summary>Attempts after the first.</summary>
    public const string Retries = "retries";

    /// <summary>Time from a failure to the next attempt.</summary>
    public const string RetryDelay = "retryDelay";

    /// <summary>Multiplier of the delay per attempt; 0 or 1: constant.</summary>
    public const string RetryExponentialBackoff = "retryExponentialBackoff";

    /// <summary>Upper bound of the delay with backoff.</summary>
    public const string MaxRetryDelay = "maxRetryDelay";

    /// <summary>When the task may run, given its upstream tasks.</summary>
    public const string TriggerRule = "triggerRule";

    /// <summary>The pool whose slots it takes.</summary>
    public const string Pool = "pool";

    /// <summary>Slots of the pool that it takes.</summary>
    public const string PoolSlots = "poolSlots";

    /// <summary>Higher runs first.</summary>
    public const string PriorityWeight = "priorityWeight";

    /// <summary>Whose weights are added to its own.</summary>
    public const string WeightRule = "weightRule";

    /// <summary>Task instances of the task at a time over all runs.</summary>
    public const string MaxActiveTisPerDag = "maxActiveTisPerDag";

    /// <summary>Task instances of the task at a time in one run.</summary>
    public const string MaxActiveTisPerDagrun = "maxActiveTisPerDagrun";

    /// <summary>The longest one attempt may run.</summary>
    public const string ExecutionTimeout = "executionTimeout";

    /// <summary>Assets that its success updates, a JSON list.</summary>
    public const string Outlets = "outlets";

    /// <summary>Assets that it reads, a JSON list.</summary>
    public const string Inlets = "inlets";

    /// <summary>The worker queue.</summary>
    public const string Queue = "queue";

    /// <summary>Inputs and what they are mapped over.</summary>
    public const string Expand = "expand";

    /// <summary>Dicts of inputs that the task is mapped over.</summary>
    public const string ExpandKwargs = "expandKwargs";

    /// <summary>The name of a mapped task instance.</summary>
    public const string MapIndexTemplate = "mapIndexTemplate";

    /// <summary>The task's own params, a JSON object.</summary>
    public const string Params = "params";

    /// <summary>Whether it prepares what others need.</summary>
    public const string IsSetup = "isSetup";

    /// <summary>Whether it takes away what setups have prepared.</summary>
    public const string IsTeardown = "isTeardown";

    /// <summary>Whether the failure of a teardown fails its run.</summary>
    public const string OnFailureFailDagrun = "onFailureFailDagrun";

    /// <summary>Whether it waits until it has ended well in the run before.</summary>
    public const string DependsOnPast = "dependsOnPast";

    /// <summary>Whether it waits also for the tasks directly after it in the run before.</summary>
    public const string WaitForDownstream = "waitForDownstream";

    /// <summary>Whether the first of the task waits for no run before.</summary>
    public const string IgnoreFirstDependsOnPast = "ignoreFirstDependsOnPast";

    /// <summary>Whether it is skipped only once its past allows it to run.</summary>
    public const string WaitForPastDependsBeforeSkipping = "waitForPastDependsBeforeSkipping";

    /// <summary>First logical date whose run has the task.</summary>
    public const string StartDate = "startDate";

    /// <summary>Last logical date whose run has the task.</summary>
    public const string EndDate = "endDate";

    /// <summary>The tab of the designer that shows them.</summary>
    public const string Category = "Task";

    /// <summary>The descriptors, in the order the designer shows them.</summary>
    public static IReadOnlyList<InputDescriptor> All { get; } =
    [
        new(Retries, InputType.Integer, "Retries", "How many further attempts a failed task gets.") { Category = Category, Default = "0" },
        new(RetryDelay, InputType.Duration, "Retry delay", "Time between a failure and the next attempt, e.g. 00:05:00.") { Category = Category, Default = "00:05:00" },
        new(RetryExponentialBackoff, InputType.Number, "Backoff", "The retry delay is multiplied by this per attempt; 0 or 1 keeps it constant.") { Category = Category, Default = "0" },
        new(MaxRetryDelay, InputType.Duration, "Longest retry delay", "Upper bound of the retry delay with backoff.") { Category = Category },
        new(TriggerRule, InputType.String, "Trigger rule", "When the task may run, given its upstream tasks. A teardown's is always all_done_setup_success.") { Category = Category, Default = "all_success", UiHint = "dropdown", Options = [.. Enum.GetValues<Dags.TriggerRule>().Select(Runs.StateNames.ToName)] },
        new(Pool, InputType.String, "Pool", "The pool whose slots the task takes while it runs.") { Category = Category, Default = "default_pool", OptionsFrom = OptionSource.Pools, UiHint = "dropdown" },
        new(PoolSlots, InputType.Integer, "Pool slots", "How many slots of the pool the task takes; one that takes more than the pool has never starts.") { Category = Category, Default = "1" },
        new(PriorityWeight, InputType.Integer, "Priority weight", "Tasks with a higher weight are queued first.") { Category = Category, Default = "1" },
        new(WeightRule, InputType.String, "Weight rule", "downstream adds the weights of all tasks after this one, upstream of all before it, absolute none; or the class of a rule that a plugin has.") { Category = Category, Default = "downstream", UiHint = "dropdown", Options = [.. Enum.GetValues<Dags.WeightRule>().Select(Runs.StateNames.ToName)] },
        new(MaxActiveTisPerDag, InputType.Integer, "At a time, all runs", "How many of this task may be queued or running together over all runs of the DAG; empty: no limit.") { Category = Category },
        new(MaxActiveTisPerDagrun, InputType.Integer, "At a time, one run", "How many of this task may be queued or running together in one run; empty: no limit.") { Category = Category },
        new(ExecutionTimeout, InputType.Duration, "Execution timeout", "The longest one attempt may run, e.g. 01:00:00; empty: no limit.") { Category = Category },
        new(Outlets, InputType.Json, "Outlets", "Assets that the task updates when it succeeds, e.g. [\"s3://lake/orders\"]; DAGs that wait for them run then.") { Category = Category, UiHint = "json-editor" },
        new(Inlets, InputType.Json, "Inlets", "Assets that the task reads, e.g. [\"s3://lake/orders\"].") { Category = Category, UiHint = "json-editor" },
        new(Queue, InputType.String, "Queue", "The queue whose workers run the task.") { Category = Category, Default = "default" },
        new(Expand, InputType.Json, "Expand", "Runs the task once for each value of an input, and with several inputs once for each combination: {\"table\": [\"orders\", \"items\"]}, or for what a task before it returned {\"table\": \"list_tables.output\"}.") { Category = Category, UiHint = "json-editor" },
        new(ExpandKwargs, InputType.String, "Expand kwargs", "Runs the task once for each dict of inputs in a list: [{\"table\": \"orders\", \"format\": \"csv\"}], or for those that a task before it returned: list_tables.output.") { Category = Category, UiHint = "multiline", IsTemplate = true, TakesJson = true },
        new(MapIndexTemplate, InputType.String, "Map index template", "How a mapped task instance is called instead of by its number, e.g. {{ task.table }}.") { Category = Category, IsTemplate = true },
        new(Params, InputType.Json, "Params", "Params of this task alone, over those of the DAG: names with defaults, or with value, description and schema.") { Category = Category, UiHint = "json-editor" },
        new(IsSetup, InputType.Boolean, "Setup", "The task prepares what others need; the tasks from it to its teardown run only when it succeeded. Connect it to its teardown too.") { Category = Category, Default = "false", UiHint = "checkbox" },
        new(IsTeardown, InputType.Boolean, "Teardown", "The task takes away what a setup before it has prepared: it runs however the tasks between have ended, unless no setup succeeded.") { Category = Category, Default = "false", UiHint = "checkbox" },
        new(OnFailureFailDagrun, InputType.Boolean, "Teardown fails the run", "Of a teardown: its failure fails the run. Unset: the run's state does not look at it.") { Category = Category, Default = "false", UiHint = "checkbox" },
        new(DependsOnPast, InputType.Boolean, "Depends on past", "Waits until this task has succeeded or was skipped in the run before.") { Category = Category, Default = "false", UiHint = "checkbox" },
        new(WaitForDownstream, InputType.Boolean, "Wait for downstream", "Waits also until the tasks directly after it have, in the run before; then it depends on its past too.") { Category = Category, Default = "false", UiHint = "checkbox" },
        new(IgnoreFirstDependsOnPast, InputType.Boolean, "Ignore past at first", "The first of this task does not wait for a run before it that lacks the task.") { Category = Category, Default = "true", UiHint = "checkbox" },
        new(WaitForPastDependsBeforeSkipping, InputType.Boolean, "Skip after past", "When it is to be skipped, it is only once its past allows it to run.") { Category = Category, Default = "false", UiHint = "checkbox" },
        new(StartDate, InputType.DateTime, "Task starts", "Runs with an earlier logical date do not have this task. Without offset it is UTC.") { Category = Category, UiHint = "datetime-picker" },
        new(EndDate, InputType.DateTime, "Task ends", "Runs with a later logical date do not have this task. Without offset it is UTC.") { Category = Category, UiHint = "datetime-picker" },
        .. Callbacks.CallbackInputs.OfTask,
    ];

    /// <summary>The names of them all: they steer the engine, every other input is one of the work.</summary>
    public static IReadOnlySet<string> Names { get; } = All.Select(input => input.Name).ToHashSet(StringComparer.Ordinal);
}
