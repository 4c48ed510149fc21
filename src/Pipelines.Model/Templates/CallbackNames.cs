using Pipelines.Model.Callbacks;
using Pipelines.Model.Hitl;
using Pipelines.Model.Runs;

namespace Pipelines.Model.Templates;

/// <summary>What the templates of callbacks see beside what those of tasks do.</summary>
internal static class CallbackNames
{
    /// <summary>Adds the names that a template may start with.</summary>
    public static void Add(Dictionary<string, Func<object?>> names, CallbackMoment moment)
    {
        if (moment.RunState is not null) names["reason"] = () => moment.Reason;
        else if (moment.Kind is not (CallbackKind.OnExecuteCallback or CallbackKind.Notifiers)) names["exception"] = () => moment.Exception;
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

    /// <summary>The members of <c>task</c>: the inputs that make up its question, as they were asked.</summary>
    public static Dictionary<string, Func<object?>> OfTask(HitlQuestion question) => new(StringComparer.Ordinal)
    {
        [HitlInputs.Subject] = () => question.Subject,
        [HitlInputs.Body] = () => question.Body,
        [HitlInputs.Options] = () => new TemplateList([.. question.Options]),
        [HitlInputs.Defaults] = () => new TemplateList([.. question.Defaults]),
        [HitlInputs.Multiple] = () => question.Multiple,
        [HitlInputs.AssignedUsers] = () => new TemplateList([.. question.AssignedUsers]),
    };

    private static TemplateDate? Date(DateTimeOffset? instant) => instant is { } known ? TemplateDate.Of(known.ToUniversalTime()) : null;
}
