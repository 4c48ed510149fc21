using Pipelines.Model.Runs;

namespace Pipelines.Model.Callbacks;

/// <summary>When people are told (airflow-semantics.md §5, §6). A DAG knows success and failure alone.</summary>
public enum CallbackKind
{
    /// <summary>Just before the activity does its work, and again when it goes on after a wait.</summary>
    OnExecuteCallback,

    /// <summary>The task, or the run, has succeeded.</summary>
    OnSuccessCallback,

    /// <summary>The task has failed for good; or the run has failed.</summary>
    OnFailureCallback,

    /// <summary>An attempt has failed and another follows.</summary>
    OnRetryCallback,

    /// <summary>The task decided itself not to run; a skip by a branch or a trigger rule tells nobody.</summary>
    OnSkippedCallback,

    /// <summary>The task asks people and waits for their answer (airflow-semantics.md §23).</summary>
    Notifiers,
}

/// <summary>Which callbacks follow from which end.</summary>
public static class CallbackRules
{
    /// <summary>The one kind that follows from the state that an attempt's end leads to; null: none, as when it goes on later or was handed back.</summary>
    /// <param name="to">That state.</param>
    /// <param name="asks">People are asked meanwhile.</param>
    public static CallbackKind? AfterAttempt(TaskState to, bool asks = false) => to switch
    {
        TaskState.Success => CallbackKind.OnSuccessCallback,
        TaskState.Skipped => CallbackKind.OnSkippedCallback,
        TaskState.UpForRetry => CallbackKind.OnRetryCallback,
        TaskState.Failed => CallbackKind.OnFailureCallback,
        TaskState.Deferred when asks => CallbackKind.Notifiers,
        _ => null,
    };

    /// <summary>
    /// What follows where the engine or a person ends a task instance: of one that a worker still ran, that it failed. Nothing else is told, as in
    /// Airflow: a mark of what does not run, a skip by a dagrun_timeout.
    /// </summary>
    public static CallbackKind? AfterStop(TaskState from, TaskState to) =>
        from is TaskState.Running or TaskState.Restarting && to == TaskState.Failed ? CallbackKind.OnFailureCallback : null;

    /// <summary>What follows from the end of a run.</summary>
    public static CallbackKind AfterRun(DagRunState ended) => ended == DagRunState.Success ? CallbackKind.OnSuccessCallback : CallbackKind.OnFailureCallback;
}
