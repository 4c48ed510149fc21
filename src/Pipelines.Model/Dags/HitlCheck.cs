using Pipelines.Model.Activities;
using Pipelines.Model.Hitl;
using Pipelines.Model.Params;

namespace Pipelines.Model.Dags;

/// <summary>
/// Finds when a file is read what nobody should find out when the task asks: params that nobody could answer (airflow-semantics.md §23). That
/// the choices make sense is a check of the activity.
/// </summary>
/// <param name="activity">An activity that asks people.</param>
/// <param name="inputs">Its inputs.</param>
/// <param name="report">Takes what is wrong.</param>
internal sealed class HitlCheck(ElsaActivity activity, Dictionary<string, ElsaInput> inputs, DagFileReport report)
{
    // Airflow's form puts the chosen options under this name among the params.
    private const string Reserved = "_options";

    /// <param name="asked">The task's own params.</param>
    public void Report(DagParams asked)
    {
        if (inputs.GetValueOrDefault(TaskInputs.Params) is { } written) CheckParams(written.Part, asked);
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
