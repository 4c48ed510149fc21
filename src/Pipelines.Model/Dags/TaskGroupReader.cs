using System.Text.RegularExpressions;
using Pipelines.Model.Activities;

namespace Pipelines.Model.Dags;

/// <summary>Reads task groups: flowcharts inside the flowchart of a DAG (airflow-semantics.md §10).</summary>
/// <param name="ids">The ids of the DAG.</param>
/// <param name="report">Takes what is wrong.</param>
internal sealed partial class TaskGroupReader(DagIds ids, DagFileReport report)
{
    // Airflow's, for a group_id without those of the groups around it.
    private const int LongestId = 200;

    /// <summary>The group, and what the tasks in it have from it. What is wrong with it is reported.</summary>
    /// <param name="activity">The flowchart.</param>
    /// <param name="around">What the group itself has from the groups that it is in.</param>
    /// <param name="tasks">Descriptors of the tasks that are in it.</param>
    public GroupScope Read(ElsaActivity activity, GroupScope around, IEnumerable<ActivityDescriptor> tasks)
    {
        CheckName(activity);
        var id = ids.Take(activity, around);
        var inputs = new InputReader(TaskGroupInputs.Descriptor, literalsOnly: true, report).Read(activity);
        var settings = new SettingReader(inputs, report);
        var defaults = DefaultArgs.Read(settings, report);
        defaults.CheckNamesInGroup(tasks, report);
        var group = new TaskGroup
        {
            GroupId = id,
            ParentId = around.Group?.GroupId,
            ActivityId = activity.Id,
            DisplayName = settings.Text(TaskGroupInputs.GroupDisplayName),
            Tooltip = settings.Text(TaskGroupInputs.Tooltip),
            Mapping = new MappingReader(null, inputs, report).Read(),
            UiColor = Colour(settings, TaskGroupInputs.UiColor),
            UiFgcolor = Colour(settings, TaskGroupInputs.UiFgcolor),
        };
        var prefix = settings.Flag(TaskGroupInputs.PrefixGroupId, true) ? $"{id}." : "";
        if (group.Mapping is not null && around.Mapped is { } outer)
            report.Error(MappingReader.Place(activity), $"The task group '{id}' is mapped and in '{outer.GroupId}', which is mapped too. Airflow has no mapped group in a mapped group either; map one of the two, e.g. the outer one over every pair of values.");
        return new GroupScope(group, prefix, defaults.Over(around.Defaults)) { Mapped = around.Mapped ?? (group.Mapping is null ? null : group) };
    }

    private void CheckName(ElsaActivity activity)
    {
        if (activity.Name is not { } name)
            report.Error(activity.Part, $"The task group '{activity.Id}' has no 'name'. Give it one: it is the group_id.");
        else if (!IsId().IsMatch(name.Text) || name.Text.Length > LongestId)
            report.Error(name, $"The group_id '{name.Text}' {(name.Text.Contains('.', StringComparison.Ordinal) ? "contains '.'" : AirflowKey.Fault(name.Text))}. Use 1 to {LongestId} letters, digits, '-' or '_'; a group in a group has the dots by itself.");
    }

    private string? Colour(SettingReader settings, string name)
    {
        if (settings.Text(name) is not { } text || IsColour().IsMatch(text)) return settings.Text(name);
        report.Error(settings.Place(name)!, $"'{name}' is '{text}' but must be the name of a colour, such as CornflowerBlue, or #rgb or #rrggbb.");
        return null;
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_-]+\z")]
    private static partial Regex IsId();

    [GeneratedRegex(@"\A(?:[A-Za-z]{3,30}|#[0-9A-Fa-f]{3}|#[0-9A-Fa-f]{6})\z")]
    private static partial Regex IsColour();
}
