namespace Pipelines.Model.Dags;

/// <summary>What the tasks of a flowchart have from the task groups that it is in.</summary>
/// <param name="Group">The innermost group; null: the flowchart is the DAG itself.</param>
/// <param name="Prefix">What their ids begin with, e.g. <c>load.</c>.</param>
/// <param name="Defaults">Values for what they do not set.</param>
internal sealed record GroupScope(TaskGroup? Group, string Prefix, DefaultArgs Defaults)
{
    /// <summary>The group among those around them that is mapped; null: none.</summary>
    public TaskGroup? Mapped { get; init; }

    /// <summary>The whole id of a task or group in it.</summary>
    public string IdOf(ElsaActivity activity) => Prefix + (activity.Name?.Text ?? "");
}
