using Pipelines.Model.Mapping;

namespace Pipelines.Model.Dags;

/// <summary>
/// A task group (airflow-semantics.md §10): a flowchart in the flowchart of a DAG file. Tasks whose ids only begin alike are in a group too,
/// which nothing but their ids says; see <see cref="TaskGroups"/>.
/// </summary>
public sealed record TaskGroup
{
    /// <summary>Unique among the ids of groups and tasks of the DAG; the flowchart's <c>name</c>, after the id of the group that it is in.</summary>
    public required string GroupId { get; init; }

    /// <summary>The group that it is in; null: none.</summary>
    public string? ParentId { get; init; }

    /// <summary>The flowchart's id in the file.</summary>
    public required string ActivityId { get; init; }

    /// <summary>What it is mapped over, with all that is in it; null: its tasks run once. Never within another that is mapped.</summary>
    public TaskMapping? Mapping { get; init; }

    /// <summary>The name that people read; null: the end of its id.</summary>
    public string? DisplayName { get; init; }

    /// <summary>What people read who point at it.</summary>
    public string? Tooltip { get; init; }

    /// <summary>The colour it is filled with where it is drawn, as CSS writes it; null: the page's own.</summary>
    public string? UiColor { get; init; }

    /// <summary>The colour of its name; null: the page's own.</summary>
    public string? UiFgcolor { get; init; }
}
