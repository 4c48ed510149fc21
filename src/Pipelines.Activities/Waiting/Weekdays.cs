using Pipelines.Model.Activities;

namespace Pipelines.Activities.Waiting;

/// <summary>Days of the week that an input names, and the day they are compared with, as Airflow's WeekDay.</summary>
internal static class Weekdays
{
    private const string Input = "weekDay";
    private const string ByLogicalDate = "useTaskLogicalDate";

    public static InputDescriptor Descriptor { get; } = new(Input, InputType.StringOrList, "Days", "E.g. Monday, or [\"Monday\", \"Thursday\"].") { Required = true, Check = inputs => Of(inputs) };

    /// <summary>Of <see cref="Moment"/>.</summary>
    public static InputDescriptor LogicalDateDescriptor { get; } =
        new(ByLogicalDate, InputType.Boolean, "By the logical date", "Look at the run's logical date instead of the clock.") { Default = "false", UiHint = "checkbox" };

    /// <exception cref="TaskFailure">None, or one that is no day (not retryable).</exception>
    public static IReadOnlyList<DayOfWeek> Of(RenderedInputs inputs)
    {
        _ = inputs.Required(Input);
        var days = inputs.TextOrList(Input).Select(Parse).ToList();
        return days.Count > 0 ? days : throw new TaskFailure($"Input '{Input}' names no day. Name at least one, such as Monday.", retryable: false);
    }

    /// <summary>The run's logical date (its run_after when it has none) where the input says so, else now; in the time zone of <see cref="Zones"/>.</summary>
    public static DateTimeOffset Moment(ITaskContext context) => TimeZoneInfo.ConvertTime(
        context.Inputs.Boolean(ByLogicalDate, false) ? context.LogicalDate ?? context.Run.RunAfter : context.Time.GetUtcNow(), Zones.Of(context.Inputs));

    private static DayOfWeek Parse(string name) =>
        Enum.GetValues<DayOfWeek>().Cast<DayOfWeek?>().FirstOrDefault(day => day.ToString()!.Equals(name.Trim(), StringComparison.OrdinalIgnoreCase))
        ?? throw new TaskFailure($"Input '{Input}' names '{name}', which is no day of the week. Name days such as Monday.", retryable: false);
}
