using System.Text.Json.Nodes;
using Pipelines.Model.Dags;

namespace Pipelines.Model.Callbacks;

/// <summary>One that tells people or programs: an activity such as <c>Http</c>, <c>Email</c> or <c>Bash</c> with its inputs, all of whose texts are templates.</summary>
/// <param name="ActivityType">An activity type that can notify, see <see cref="Activities.ActivityDescriptor.Notifies"/>.</param>
/// <param name="Inputs">The activity's inputs, not yet rendered.</param>
public sealed record Notifier(string ActivityType, IReadOnlyDictionary<string, InputExpression> Inputs)
{
    /// <summary>How long one takes at most unless it says otherwise.</summary>
    public static readonly TimeSpan UsualTimeout = TimeSpan.FromMinutes(1);

    /// <summary>The most that one may ask for: it is to tell, not to work.</summary>
    public static readonly TimeSpan LongestTimeout = TimeSpan.FromMinutes(10);

    /// <summary>Then it is stopped.</summary>
    public TimeSpan Timeout { get; init; } = UsualTimeout;

    /// <summary>Text inputs that were written as JSON: the texts in them are rendered one by one, so that no quote in a value can break them.</summary>
    public IReadOnlyCollection<string> JsonInputs { get; init; } = [];

    /// <summary>In the one form that equal ones share.</summary>
    public JsonObject ToJson() => new()
    {
        ["type"] = ActivityType,
        ["timeout"] = Timeout.Ticks,
        ["inputs"] = new JsonObject(Inputs.Select(input => KeyValuePair.Create(input.Key, (JsonNode?)new JsonArray(input.Value.Syntax.ToString(), input.Value.Text, JsonInputs.Contains(input.Key))))),
    };
}

/// <summary>The notifiers of a task or a DAG by when they tell, each list in its order.</summary>
/// <param name="Lists">Those that are not empty.</param>
public sealed record CallbackLists(IReadOnlyDictionary<CallbackKind, IReadOnlyList<Notifier>> Lists)
{
    /// <summary>Nobody is told.</summary>
    public static CallbackLists None { get; } = new(new Dictionary<CallbackKind, IReadOnlyList<Notifier>>());

    /// <summary>Every notifier.</summary>
    public IEnumerable<Notifier> All => Lists.Values.SelectMany(list => list);

    /// <summary>Those of one kind; empty: none.</summary>
    public IReadOnlyList<Notifier> Of(CallbackKind kind) => Lists.GetValueOrDefault(kind) ?? [];

    /// <summary>In the one form that equal ones share.</summary>
    public JsonObject ToJson() => new(Lists.Select(list => KeyValuePair.Create(Runs.StateNames.ToName(list.Key), (JsonNode?)new JsonArray([.. list.Value.Select(notifier => notifier.ToJson())]))));
}
