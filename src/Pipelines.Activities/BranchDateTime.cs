using System.Globalization;
using Pipelines.Activities.Branching;
using Pipelines.Activities.Waiting;
using Pipelines.Model.Activities;

namespace Pipelines.Activities;

/// <summary>Chooses by whether a moment is between two others, as Airflow's BranchDateTimeOperator.</summary>
public sealed class BranchDateTime : IActivity
{
    private const string Lower = "targetLower";
    private const string Upper = "targetUpper";

    public ActivityDescriptor Descriptor { get; } = new(
        "BranchDateTime", "Branch by time", "Control",
        "Chooses by the time which of the tasks directly after it run; the others are skipped.",
        [
            new(Lower, InputType.String, "From", "True from then on: a time of the day such as 08:00, or a moment such as 2026-01-31T06:00:00; empty: always.") { Check = inputs => Bound.Of(inputs, Lower, default) },
            new(Upper, InputType.String, "To", "True until then. A time of the day that is before the other is the next day's; empty: for ever.") { Check = inputs => Bound.Of(inputs, Upper, default) },
            Weekdays.LogicalDateDescriptor,
            Zones.Descriptor,
            .. Fork.Inputs,
        ],
        [],
        Fork.Ports)
    {
        Checks = [new([Lower, Upper], CheckBounds), .. Fork.Checks],
        Follows = Fork.Follows,
    };

    public Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation)
    {
        var (now, zone) = (Weekdays.Moment(context), Zones.Of(context.Inputs));
        var (lower, upper) = (Bound.Of(context.Inputs, Lower, now), Bound.Of(context.Inputs, Upper, now));
        CheckBounds(context.Inputs);
        // As Airflow: not between two whole moments, whose author knew what is before what.
        if (lower is not null && upper is not null && !(lower.IsWhole && upper.IsWhole) && upper.Local < lower.Local) upper = upper with { Local = upper.Local.AddDays(1) };
        var (from, to) = (lower?.At(zone), upper?.At(zone));
        var answer = (from is null || from <= now) && (to is null || now <= to);
        context.Log(LogLevel.Info, $"{now:yyyy-MM-dd HH:mm:sszzz} is {(answer ? "" : "not ")}{(from is null ? "" : $"from {from:yyyy-MM-dd HH:mm:sszzz} on")}{(from is null || to is null ? "" : " and ")}{(to is null ? "" : $"until {to:yyyy-MM-dd HH:mm:sszzz}")}.");
        return Task.FromResult<Outcome>(Fork.Take(context, answer));
    }

    private static void CheckBounds(RenderedInputs inputs)
    {
        if (inputs.Optional(Lower) is null && inputs.Optional(Upper) is null) throw new TaskFailure($"Neither input '{Lower}' nor '{Upper}' is set. Set one of them, or both.", retryable: false);
    }

    /// <summary>One of the two moments.</summary>
    /// <param name="Local">On the clocks of the zone, unless it has an offset of its own.</param>
    /// <param name="Offset">Its own; null: the zone's.</param>
    /// <param name="IsWhole">False: its day is that of the moment it is compared with.</param>
    private sealed record Bound(DateTime Local, TimeSpan? Offset, bool IsWhole)
    {
        private static readonly string[] Times = ["HH:mm", "HH:mm:ss"];
        private static readonly string[] Moments = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss.FFFFFFF"];

        public static Bound? Of(RenderedInputs inputs, string name, DateTimeOffset now)
        {
            if (inputs.Optional(name) is not { } text) return null;
            if (TimeOnly.TryParseExact(text, Times, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)) return new(DateOnly.FromDateTime(now.DateTime).ToDateTime(time), null, false);
            if (DateTime.TryParseExact(text, Moments, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local)) return new(local, null, true);
            return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var moment) && text.Length >= "2026-01-31".Length && char.IsAsciiDigit(text[0])
                ? new(moment.DateTime, moment.Offset, true)
                : throw new TaskFailure($"Input '{name}' is '{text}' but must be a time of the day such as 08:00, or a moment such as 2026-01-31T06:00:00.", retryable: false);
        }

        /// <summary>Where clocks skip it, it is when they have.</summary>
        public DateTimeOffset At(TimeZoneInfo zone)
        {
            var local = Local;
            while (Offset is null && zone.IsInvalidTime(local)) local = local.AddMinutes(1);
            return new(local, Offset ?? zone.GetUtcOffset(local));
        }
    }
}
