using System.Text.Json.Nodes;
using Pipelines.Engine.Operations;
using Pipelines.Storage.Runs;
using Pipelines.Web.Components.Dags;

namespace Pipelines.Web.Components.Hitl;

/// <summary>What a person fills in to answer a task: one field per param that it asks for, and the options.</summary>
internal sealed class HitlForm
{
    private readonly HitlDetail _asked;

    public HitlForm(HitlDetail asked)
    {
        _asked = asked;
        Fields = [.. asked.Params.Items.Select(param => new ParamField(param))];
        Chosen = asked.Question.Multiple ? asked.Question.Defaults.ToHashSet(StringComparer.Ordinal) : [];
    }

    /// <summary>One per param, in the task's order.</summary>
    public IReadOnlyList<ParamField> Fields { get; }

    /// <summary>Where several options may be chosen: those that are.</summary>
    public HashSet<string> Chosen { get; }

    /// <summary>Whether it is the form for this question; a task that was cleared asks anew.</summary>
    public bool IsFor(HitlDetail asked) => (asked.AttemptId, asked.CreatedAt) == (_asked.AttemptId, _asked.CreatedAt);

    /// <summary>The answer, or what is wrong with the fields in words. What does not fit the question is not found here.</summary>
    /// <param name="option">The one that was pressed; null: those that are chosen.</param>
    public (HitlAnswer? Answer, IReadOnlyList<string> Problems) Read(string? option)
    {
        List<string> problems = [];
        var values = new JsonObject();
        foreach (var (field, param) in Fields.Zip(_asked.Params.Items))
        {
            if (!field.IsChanged && param.HasDefault) values[param.Name] = param.Default?.DeepClone();
            else if (field.Read(out var value) is { } problem) problems.Add(problem);
            else values[param.Name] = value;
        }
        IReadOnlyList<string> chosen = option is null ? [.. _asked.Question.Options.Where(Chosen.Contains)] : [option];
        return problems.Count > 0 ? (null, problems) : (new HitlAnswer(chosen, values), []);
    }
}
