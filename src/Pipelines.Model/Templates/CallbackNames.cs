using Pipelines.Model.Callbacks;
using Pipelines.Model.Runs;

namespace Pipelines.Model.Templates;

/// <summary>What the templates of callbacks see beside what those of tasks do.</summary>
internal static class CallbackNames
{
    /// <summary>Adds the names that a template may start with.</summary>
    public static void Add(Dictionary<string, Func<object?>> names, CallbackMoment moment)
    {
        if (moment.RunState is not null) names["reason"] = () => moment.Reason;
        else if (moment.Kind != CallbackKind.OnExecuteCallback) names["exception"] = () => moment.Exception;
    }

    /// <summary>The members of <c>ti</c>.</summary>
    public static Dictionary<string, Func<object?>> OfTaskInstance(CallbackMoment? moment) => moment is null ? [] : new(StringComparer.Ordinal)
    {
        ["state"] = () => moment.State is { } state ? StateNames.ToName(state) : null,
        ["max_tries"] = () => (long)moment.MaxTries,
        ["start_date"] = () => Date(moment.StartDate),
        ["end_date"] = () => Date(moment.EndDate),
        ["duration"] = () => (moment.EndDate - moment.StartDate)?.TotalSeconds,
        ["hostname"] = () => moment.Hostname,
    };

    private static TemplateDate? Date(DateTimeOffset? instant) => instant is { } known ? TemplateDate.Of(known.ToUniversalTime()) : null;
}
