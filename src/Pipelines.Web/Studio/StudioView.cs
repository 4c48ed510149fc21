namespace Pipelines.Web.Studio;

/// <summary>Which of Studio's elements a page shows.</summary>
public enum StudioElement
{
    /// <summary>All DAGs that can be edited.</summary>
    DefinitionList,

    /// <summary>One DAG's graph.</summary>
    DefinitionEditor,

    /// <summary>All runs.</summary>
    InstanceList,

    /// <summary>One run's graph with the states of its tasks.</summary>
    InstanceViewer,
}

/// <summary>A page of the designer.</summary>
/// <param name="Element">What it shows.</param>
/// <param name="Id">Of the DAG, or of the run as Studio knows it; null in the lists.</param>
public sealed record StudioView(StudioElement Element, string? Id = null)
{
    /// <summary>Of the run that is shown; null elsewhere.</summary>
    public string? DagId { get; init; }

    /// <summary>Airflow's name of it.</summary>
    public string? RunId { get; init; }

    /// <summary>True: there is nothing of this id, and the page says so instead.</summary>
    public bool IsMissing { get; init; }

    /// <summary>True when one thing fills the page, so that the bar has room for what is known of it.</summary>
    public bool IsOne => Element is StudioElement.DefinitionEditor or StudioElement.InstanceViewer;
}
