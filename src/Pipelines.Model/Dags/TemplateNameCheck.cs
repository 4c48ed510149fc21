using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Mapping;
using Pipelines.Model.Templates;

namespace Pipelines.Model.Dags;

/// <summary>Warns of names in templates of tasks that no run has (airflow-semantics.md §22). Only of what fails in every run: a name that a template sets, tests or has a default for is never told.</summary>
internal sealed class TemplateNameCheck(Dag dag, ActivityCatalog catalog, DagFileReport report)
{
    /// <param name="tasks">The tasks.</param>
    /// <param name="activities">Their activities, at the same places.</param>
    /// <param name="groups">The task groups.</param>
    public void Check(IReadOnlyList<DagTask> tasks, IReadOnlyList<ElsaActivity> activities, IReadOnlyList<TaskGroup> groups)
    {
        var mapped = groups.Where(group => group.Mapping is not null).ToDictionary(group => group.GroupId, group => NamesOf(group.Mapping!), StringComparer.Ordinal);
        foreach (var (task, activity) in tasks.Zip(activities))
        {
            foreach (var (input, expression) in task.Inputs.Where(input => input.Value.Syntax == ExpressionSyntax.Jinja))
            {
                var texts = catalog.Find(task.ActivityType)?.Inputs.FirstOrDefault(known => known.Name == input)?.Type.IsJson() == true ? NestedTemplate.TextsOf(expression.Text) : [expression.Text];
                var place = activity.Part.Get(input) is { } part ? part.Get("expression")?.Get("value") ?? part : activity.Part;
                foreach (var fault in texts.SelectMany(text => JinjaTemplate.Parse(text).CertainNames).Select(name => Fault(name, task, mapped)).OfType<string>().Distinct())
                    report.Warn(place, $"The template of input '{input}' asks for {fault}");
            }
        }
    }

    private string? Fault(CertainName name, DagTask task, Dictionary<string, HashSet<string>?> mapped)
    {
        var own = dag.UserDefinedMacros.Select(macro => macro.Key).ToList();
        if (own.Contains(name.Text, StringComparer.Ordinal)) return null;
        if (!TemplateNames.Exists(name.Text)) return $"'{name.Text}', which no run has: the task will fail.{TemplateNames.Advice(name.Text, own)}";
        if (name.Text != "group") return null;
        if (task.MappedGroupId is not { } group) return "'group', which only tasks in a mapped task group have: the task will fail. Map its group with 'expand', or remove it.";
        return name.Member is { } member && mapped.GetValueOrDefault(group) is { } known && !known.Contains(member)
            ? $"'group.{member}', which task group '{group}' is not mapped over: the task will fail.{NearestName.Hint(member, known)}" : null;
    }

    /// <summary>The values that tasks of a mapped group have; null: they are known only when it runs.</summary>
    private static HashSet<string>? NamesOf(TaskMapping mapping) => mapping switch
    {
        TaskMapping.Expand expand => [.. expand.Arguments.Select(argument => argument.Key)],
        TaskMapping.ExpandKwargs { Source: MapSource.Literal { Items: JsonArray list } } => [.. list.OfType<JsonObject>().SelectMany(dict => dict.Select(member => member.Key))],
        _ => null,
    };
}
