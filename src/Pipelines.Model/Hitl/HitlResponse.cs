using System.Text.Json.Nodes;
using Pipelines.Model.Params;
using Pipelines.Model.Runs;

namespace Pipelines.Model.Hitl;

/// <summary>What was answered to a task's question.</summary>
/// <param name="ChosenOptions">One or more.</param>
/// <param name="ParamsInput">A value for each of the task's own params; do not change it.</param>
/// <param name="RespondedAt">When.</param>
/// <param name="RespondedBy">The name of the user who did; null: nobody, the time was up and the defaults count.</param>
public sealed record HitlResponse(IReadOnlyList<string> ChosenOptions, JsonObject ParamsInput, DateTimeOffset RespondedAt, string? RespondedBy)
{
    private const string ChosenKey = "chosen_options";
    private const string ParamsKey = "params_input";
    private const string AtKey = "responded_at";
    private const string ByKey = "responded_by_user";

    /// <summary>In the form of Airflow's XCom.</summary>
    public JsonObject ToJson() => new()
    {
        [ChosenKey] = new JsonArray([.. ChosenOptions.Select(option => JsonValue.Create(option))]),
        [ParamsKey] = ParamsInput.DeepClone(),
        [AtKey] = IsoDate.Format(RespondedAt),
        [ByKey] = RespondedBy is { } user ? new JsonObject { ["id"] = user, ["name"] = user } : null,
    };

    /// <summary>Of what <see cref="ToJson"/> wrote.</summary>
    public static HitlResponse Of(JsonObject json) => new(
        [.. json[ChosenKey]!.AsArray().Select(option => option!.GetValue<string>())],
        (JsonObject)json[ParamsKey]!,
        DateTimeOffset.Parse(json[AtKey]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture),
        json[ByKey]?["name"]!.GetValue<string>());

    /// <summary>What counts when nobody has answered in time; null: nothing, and the task fails.</summary>
    public static HitlResponse? ByDefault(HitlQuestion question, DagParams asked, DateTimeOffset now) =>
        question.Defaults.Count == 0 ? null : new(question.Defaults, asked.Values([]), now, null);

    /// <summary>What is wrong with an answer, one sentence each; empty: nothing.</summary>
    /// <param name="question">What was asked.</param>
    /// <param name="asked">The params that were asked for.</param>
    public IReadOnlyList<string> Problems(HitlQuestion question, DagParams asked) => [.. Choice(question).Concat(Params(asked))];

    private IEnumerable<string> Choice(HitlQuestion question)
    {
        if (ChosenOptions.Count == 0) yield return $"Nothing is chosen. Choose {(question.Multiple ? "one or more" : "one")} of {HitlQuestion.Words(question.Options)}.";
        if (ChosenOptions.Count > 1 && !question.Multiple) yield return $"{ChosenOptions.Count} options are chosen, but only one may be. Choose one of {HitlQuestion.Words(question.Options)}.";
        if (ChosenOptions.Distinct(StringComparer.Ordinal).Count() < ChosenOptions.Count) yield return "An option is chosen twice. Choose each once.";
        foreach (var unknown in ChosenOptions.Except(question.Options, StringComparer.Ordinal))
            yield return $"'{unknown}' is no option.{Dags.NearestName.Hint(unknown, question.Options)}";
    }

    private IEnumerable<string> Params(DagParams asked)
    {
        var names = asked.Items.Select(param => param.Name).ToList();
        var unknown = ParamsInput.Select(member => member.Key).Except(names, StringComparer.Ordinal).ToList();
        foreach (var name in unknown) yield return $"Param '{name}' is not asked for.{(names.Count == 0 ? " The task asks for none." : Dags.NearestName.Hint(name, names))}";
        foreach (var name in names.Where(name => !ParamsInput.ContainsKey(name))) yield return $"Param '{name}' is asked for. Give it a value.";
        foreach (var problem in new DagParams([.. asked.Items.Where(param => ParamsInput.ContainsKey(param.Name))]).Problems(ParamsInput)) yield return problem;
    }
}
