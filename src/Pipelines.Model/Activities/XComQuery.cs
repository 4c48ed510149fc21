namespace Pipelines.Model.Activities;

/// <summary>Which XComs are asked for (Airflow's <c>xcom_pull</c>, airflow-semantics.md §12).</summary>
/// <param name="TaskId">Of this task, which need not be there.</param>
/// <param name="Key">Under what they were pushed.</param>
/// <param name="MapIndex">Only this one's, -1 for a task that is not mapped; null: all.</param>
public sealed record XComQuery(string TaskId, string Key = IXCom.ReturnValue, int? MapIndex = null)
{
    /// <summary>Of this DAG; null: of the one that asks.</summary>
    public string? DagId { get; init; }

    /// <summary>Of the run with this id; null: of the run that asks, or in another DAG of the one whose id is the same.</summary>
    public string? RunId { get; init; }

    /// <summary>
    /// Of the newest run up to that one in which such a value was pushed, by logical date or else run_after (Airflow's include_prior_dates).
    /// Another DAG then needs no run of that id.
    /// </summary>
    public bool IncludesPriorDates { get; init; }

    /// <summary>Whether it is no more than values of the run that asks.</summary>
    public bool IsOfThisRun => this is { DagId: null, RunId: null, IncludesPriorDates: false };
}
