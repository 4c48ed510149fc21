using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Hitl;
using Pipelines.Model.Params;

namespace Pipelines.Model.Dags;

/// <summary>
/// Finds when a file is read what nobody should find out when the task asks: choices that make no sense (airflow-semantics.md §23). What is a
/// template, or may be mapped over, is checked when the task runs.
/// </summary>
/// <param name="activity">An activity that asks people.</param>
/// <param name="inputs">Its inputs.</param>
/// <param name="report">Takes what is wrong.</param>
internal sealed class HitlCheck(ElsaActivity activity, Dictionary<string, ElsaInput> inputs, DagFileReport report)
{
    // Airflow's form puts the chosen options under this name among the params.
    private const string Reserved = "_options";

    private static readonly string[] Choices = [HitlInputs.Options, HitlInputs.Defaults, HitlInputs.Multiple, HitlInputs.AssignedUsers];

    /// <param name="own">What the activity offers where the file does not say.</param>
    /// <param name="asked">The task's own params.</param>
    public void Report(IReadOnlyList<string> own, DagParams asked)
    {
        if (inputs.GetValueOrDefault(TaskInputs.Params) is { } written) CheckParams(written.Part, asked);
        if (own.Count == 0 && !inputs.ContainsKey(HitlInputs.Options)) return;
        if (Choices.Any(name => !IsKnown(name))) return;
        try
        {
            var question = HitlQuestion.Choices(new RenderedInputs(Choices.ToDictionary(name => name, name => inputs.GetValueOrDefault(name)?.Expression.Text)), own);
            if (inputs.GetValueOrDefault(HitlInputs.OptionsMapping) is { } mapping && IsKnown(HitlInputs.OptionsMapping)) CheckMapping(mapping, question.Options);
        }
        catch (TaskFailure fault)
        {
            report.Error(Choices.Select(name => inputs.GetValueOrDefault(name)?.Part).FirstOrDefault(part => part is not null) ?? activity.Part, $"Of '{activity.Label}': {fault.Message}");
        }
    }

    private bool IsKnown(string name) => inputs.GetValueOrDefault(name) is { } given ? given.Expression.Syntax == ExpressionSyntax.Literal : !MappingReader.MayGive(name, activity);

    private void CheckMapping(ElsaInput mapping, IReadOnlyList<string> options)
    {
        if (JsonNode.Parse(mapping.Expression.Text) is not JsonObject members || members.Any(member => member.Value?.GetValueKind() != JsonValueKind.String))
            report.Error(mapping.Part, $"Input '{HitlInputs.OptionsMapping}' of '{activity.Label}' must be a JSON object of options and task ids such as {{\"Publish\": \"load\"}}.");
        else if (members.Select(member => member.Key).Except(options, StringComparer.Ordinal).FirstOrDefault() is { } unknown)
            report.Error(mapping.Part, $"Input '{HitlInputs.OptionsMapping}' of '{activity.Label}' has '{unknown}', which is none of its options.{NearestName.Hint(unknown, options)}");
    }

    private void CheckParams(JsonPart place, DagParams asked)
    {
        if (asked.Items.Any(param => param.Name == Reserved))
            report.Error(place, $"A param of '{activity.Label}' is called '{Reserved}', which is kept for the chosen options. Give it another name.");
        if (!inputs.ContainsKey(HitlInputs.Defaults)) return;
        foreach (var problem in asked.Problems([]))
            report.Error(place, $"{problem} '{activity.Label}' has defaults for when nobody answers, so every param that it asks for needs a valid default too.");
    }
}
