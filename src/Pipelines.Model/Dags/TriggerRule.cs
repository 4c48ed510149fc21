namespace Pipelines.Model.Dags;

/// <summary>Airflow's trigger rules (airflow-semantics.md §7): when a task may run, given the tasks directly before it.</summary>
public enum TriggerRule
{
    /// <summary>Every upstream task succeeded.</summary>
    AllSuccess,

    /// <summary>Every upstream task failed, itself or by its upstream.</summary>
    AllFailed,

    /// <summary>Every upstream task has ended, however.</summary>
    AllDone,

    /// <summary>Every upstream task has ended, none was skipped and one succeeded.</summary>
    AllDoneMinOneSuccess,

    /// <summary>Every upstream task has ended and, of the setups among them, one succeeded: the rule of teardowns.</summary>
    AllDoneSetupSuccess,

    /// <summary>Every upstream task was skipped.</summary>
    AllSkipped,

    /// <summary>One upstream task succeeded; the others may still run.</summary>
    OneSuccess,

    /// <summary>One upstream task failed, itself or by its upstream; the others may still run.</summary>
    OneFailed,

    /// <summary>One upstream task succeeded or failed itself; the others may still run.</summary>
    OneDone,

    /// <summary>Every upstream task succeeded or was skipped.</summary>
    NoneFailed,

    /// <summary>Every upstream task succeeded or was skipped, and one succeeded: for joins behind branches.</summary>
    NoneFailedMinOneSuccess,

    /// <summary>Every upstream task has ended and none was skipped.</summary>
    NoneSkipped,

    /// <summary>At once.</summary>
    Always,
}
