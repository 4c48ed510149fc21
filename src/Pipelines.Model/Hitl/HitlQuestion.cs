using System.Text.Json.Nodes;
using Pipelines.Model.Activities;

namespace Pipelines.Model.Hitl;

/// <summary>
/// What a task asks people (airflow-semantics.md §23). What else they are asked for beside the options are the task's own params, and how long
/// they have is its executionTimeout.
/// </summary>
/// <param name="Subject">The question in a line.</param>
/// <param name="Options">What may be chosen; one or more, each once.</param>
public sealed record HitlQuestion(string Subject, IReadOnlyList<string> Options)
{
    /// <summary>What helps to decide; null: nothing.</summary>
    public string? Body { get; init; }

    /// <summary>What counts as chosen when nobody has answered in time; empty: then the task fails.</summary>
    public IReadOnlyList<string> Defaults { get; init; } = [];

    /// <summary>Several options may be chosen.</summary>
    public bool Multiple { get; init; }

    /// <summary>User names of those who may answer; empty: everybody who may run DAGs.</summary>
    public IReadOnlyList<string> AssignedUsers { get; init; } = [];

    /// <summary>Whether a user is among those who may answer; whether the user may run DAGs is not asked.</summary>
    public bool IsFor(string? user) => AssignedUsers.Count == 0 || AssignedUsers.Contains(user, StringComparer.Ordinal);

    /// <summary>Reads the question of an attempt.</summary>
    /// <param name="inputs">As rendered.</param>
    /// <param name="own">What the activity offers where the input does not say.</param>
    /// <exception cref="TaskFailure">There is no subject, or what may be chosen makes no sense (not retryable).</exception>
    public static HitlQuestion Of(RenderedInputs inputs, IReadOnlyList<string> own) => Choices(inputs, own) with
    {
        Subject = inputs.Required(HitlInputs.Subject),
        Body = inputs.Optional(HitlInputs.Body),
    };

    /// <summary>As <see cref="Of"/>, without the texts: what can be checked when a file is read.</summary>
    /// <exception cref="TaskFailure">What may be chosen makes no sense (not retryable).</exception>
    internal static HitlQuestion Choices(RenderedInputs inputs, IReadOnlyList<string> own)
    {
        var (given, defaults) = (inputs.StringList(HitlInputs.Options), inputs.TextOrList(HitlInputs.Defaults));
        var options = given.Count > 0 ? given : own;
        // As Airflow's HITLEntryOperator: one button is no choice, so it counts as pressed when the time is up.
        if (given.Count == 0 && own.Count == 1 && defaults.Count == 0) defaults = own;
        var question = new HitlQuestion("", options)
        {
            Defaults = defaults,
            Multiple = inputs.Boolean(HitlInputs.Multiple, false),
            AssignedUsers = inputs.Json<IReadOnlyList<string>>(
                HitlInputs.AssignedUsers, [], json => [.. json!.AsArray().Select(User)], "a JSON array of user names such as [\"ann\"]"),
        };
        return question.Fault is { } fault ? throw new TaskFailure(fault, retryable: false) : question;
    }

    private string? Fault
    {
        get
        {
            if (Options.Count == 0 || Options.Any(string.IsNullOrWhiteSpace)) return $"Input '{HitlInputs.Options}' needs one option or more, and none of them empty, such as [\"Publish\", \"Wait\"].";
            if (Options.GroupBy(option => option, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice) return $"Input '{HitlInputs.Options}' has '{twice.Key}' twice. Leave it once.";
            if (Defaults.Except(Options, StringComparer.Ordinal).FirstOrDefault() is { } unknown) return $"Input '{HitlInputs.Defaults}' has '{unknown}', which is none of the options.{Dags.NearestName.Hint(unknown, Options)}";
            return Defaults.Distinct(StringComparer.Ordinal).Count() > 1 && !Multiple ? $"Input '{HitlInputs.Defaults}' has several options, but only one may be chosen. Leave one, or set '{HitlInputs.Multiple}'." : null;
        }
    }

    /// <summary>Options in a sentence.</summary>
    internal static string Words(IEnumerable<string> options) => string.Join(", ", options.Select(option => $"'{option}'"));

    // Airflow's own form is an object of id and name, and its id may be a number of its user table.
    private static string User(JsonNode? item) => (item is JsonObject members ? members["name"] ?? members["id"] : item)!.GetValue<string>();
}
