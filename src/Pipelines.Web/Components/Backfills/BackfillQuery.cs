using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using Pipelines.Engine.Operations;
using Pipelines.Model.Runs;
using Pipelines.Web.Components.Dags;

namespace Pipelines.Web.Components.Backfills;

/// <summary>A backfill as the page's query string says it, so that a preview can be sent to somebody else.</summary>
public sealed record BackfillQuery
{
    public const int StandardMax = 10;

    /// <summary>A day or an instant, UTC.</summary>
    public string? From { get; init; }

    /// <summary>A day, to its end, or an instant; UTC.</summary>
    public string? To { get; init; }

    public string? Reprocess { get; init; }

    public IReadOnlyList<string> Tasks { get; init; } = [];

    public int? Max { get; init; }

    public bool Backwards { get; init; }

    public string? StartAt { get; init; }

    /// <summary>What its runs are triggered with, a JSON object.</summary>
    public string? Conf { get; init; }

    /// <summary>True when there is a range to preview.</summary>
    public bool HasRange => !string.IsNullOrEmpty(From) && !string.IsNullOrEmpty(To);

    /// <summary>First and last day of the range; null when it has none that can be read.</summary>
    public (DateOnly From, DateOnly To)? Days => Instant(From) is { } from && Instant(To) is { } to
        ? (DateOnly.FromDateTime(from.UtcDateTime), DateOnly.FromDateTime(to.UtcDateTime)) : null;

    /// <summary>The request, or what is wrong with the query in words.</summary>
    public (BackfillRequest? Request, IReadOnlyList<string> Problems) Read(string dagId)
    {
        List<string> problems = [];
        var from = Need(From, "The first date", problems);
        var to = Need(To, "The last date", problems);
        var startAt = string.IsNullOrEmpty(StartAt) ? null : Need(StartAt, "'Start at'", problems);
        var reprocess = ReprocessBehavior.None;
        if (!string.IsNullOrEmpty(Reprocess) && !Enum.TryParse(Reprocess, ignoreCase: true, out reprocess))
            problems.Add($"'{Reprocess}' says nothing about runs that exist. Choose none, failed or completed.");
        var conf = ConfText.Read(Conf, "Params", problems);
        if (problems.Count > 0) return (null, problems);
        // A day that was typed as the last is meant to its end.
        var last = IsDay(To) ? to!.Value.AddDays(1).AddTicks(-10) : to!.Value;
        return (new BackfillRequest(dagId, new BackfillRange(from!.Value, last, reprocess, Backwards)) { MaxActiveRuns = Max ?? StandardMax, TaskIds = Tasks, StartAt = startAt, Conf = conf }, []);
    }

    /// <summary>The page with this query.</summary>
    /// <param name="more">Further parts, e.g. the month that the calendar shows.</param>
    public string Link(string dagId, params (string Name, string? Value)[] more)
    {
        var link = Links.With(Links.Backfills(dagId), [("from", From), ("to", To), ("reprocess", Reprocess), ("max", Max?.ToString(CultureInfo.InvariantCulture)),
            ("backwards", Backwards ? "true" : null), ("start_at", StartAt), ("conf", Conf), .. more]);
        return QueryHelpers.AddQueryString(link, Tasks.Select(task => KeyValuePair.Create("tasks", (string?)task)));
    }

    /// <summary>Whether a text is a day without a time.</summary>
    public static bool IsDay(string? text) => string.IsNullOrEmpty(text) || DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static DateTimeOffset? Need(string? text, string what, List<string> problems)
    {
        if (Instant(text) is { } at) return at;
        problems.Add($"{what} is '{text}' but must be a date such as 2026-01-31, or 2026-01-31T06:00, in UTC.");
        return null;
    }

    private static DateTimeOffset? Instant(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at) ? at : null;
}
