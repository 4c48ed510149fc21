using System.Globalization;
using Pipelines.Model.Runs;
using Pipelines.Storage.Runs;

namespace Pipelines.Web.Components.Backfills;

/// <summary>What the page says of a backfill.</summary>
internal static class BackfillWords
{
    private static readonly TimeSpan LastSecond = new(23, 59, 59);

    /// <summary>Where it is: a name for the chip's colour, and the word.</summary>
    public static (string State, string Word) State(BackfillProgress backfill, DateTimeOffset now) => backfill switch
    {
        { CancelledBy: not null } => ("skipped", "cancelled"),
        { CompletedAt: not null, Failed: > 0 } => ("failed", "completed, with failures"),
        { CompletedAt: not null } => ("success", "completed"),
        { IsPaused: true } => ("scheduled", "paused"),
        { StartAt: { } at } when at > now => ("queued", "waits for its start"),
        { Running: > 0 } => ("running", "running"),
        _ => ("queued", "queued"),
    };

    /// <summary>Windows of it that have ended.</summary>
    public static long Ended(BackfillProgress backfill) => backfill.Success + backfill.Failed;

    /// <summary>How long a plan will take and what it will move, going by runs of the past; null: none has succeeded yet.</summary>
    public static string? Forecast(BackfillPlan plan, int maxActiveRuns, TypicalRun typical)
    {
        var windows = plan.Windows.Count(window => window.Action != BackfillAction.Skip);
        if (typical.Runs == 0 || windows == 0) return null;
        var rounds = (windows + maxActiveRuns - 1) / maxActiveRuns;
        var rows = typical.MeanRows >= 1 ? $" and moves about {(typical.MeanRows * windows).ToString("N0", CultureInfo.InvariantCulture)} rows" : "";
        return $"Takes about {Shell.Words.Length(TimeSpan.FromSeconds(rounds * typical.MeanSeconds))}{rows}, going by {(typical.Runs == 1 ? "the last successful run" : $"the last {typical.Runs} successful runs")}.";
    }

    /// <summary>How long it still takes, from the length of the windows that have succeeded; null: it is over, paused, or none has.</summary>
    public static string? Estimate(BackfillProgress backfill)
    {
        var open = backfill.Queued + backfill.Running;
        if (backfill.CompletedAt is not null || backfill.IsPaused || open == 0 || backfill.MeanSeconds is not { } mean) return null;
        var rounds = (open + backfill.MaxActiveRuns - 1) / backfill.MaxActiveRuns;
        return $"estimate: {Shell.Words.Length(TimeSpan.FromSeconds(rounds * mean))} left (from {Shell.Words.Count((int)backfill.Success, "finished window")})";
    }

    /// <summary>The question before it is cancelled: what will fail and what goes on.</summary>
    public static string CancelQuestion(BackfillProgress backfill, IReadOnlyList<BackfillDate> windows)
    {
        var queued = windows.Where(window => window is { State: "queued", TakenOverBy: null }).Select(window => window.LogicalDate).Order().ToList();
        var failing = queued.Count switch
        {
            0 => "No run is queued, so none fails",
            1 => $"The queued run of {Text(queued[0])} will be marked failed",
            _ => $"{queued.Count} queued runs, {Text(queued[0])} to {Text(queued[^1])}, will be marked failed",
        };
        return $"Cancel backfill {backfill.Id}? {failing}; {Shell.Words.Count((int)backfill.Running, "running run")} will finish.";
    }

    /// <summary>A logical date: the day alone when it begins it.</summary>
    public static string Text(DateTimeOffset at) =>
        at.UtcDateTime.ToString(at.UtcDateTime.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary>The range, days where it is of whole days.</summary>
    public static string Range(Backfill backfill)
    {
        // The last tick of a day is how the page asks for all of that day.
        var to = backfill.ToDate.UtcDateTime.TimeOfDay >= LastSecond ? new DateTimeOffset(backfill.ToDate.UtcDateTime.Date, TimeSpan.Zero) : backfill.ToDate;
        return backfill.FromDate == to ? Text(to) : $"{Text(backfill.FromDate)} to {Text(to)}";
    }

    /// <summary>Why a run waits or how it ended.</summary>
    public static string? Why(BackfillDate window) => window switch
    {
        { TakenOverBy: { } other } => $"taken over by backfill {other}",
        { ExceptionReason: { } reason } => reason,
        { State: "success" } => null,
        { Reason: RunOutcome.TaskFailure } => "a task failed",
        { Reason: RunOutcome.TimedOut } => "took longer than its dagrun_timeout",
        _ => window.Reason,
    };

    /// <summary>What it was asked to do, beyond the range.</summary>
    public static string Details(Backfill backfill)
    {
        List<string> parts = [string.Create(CultureInfo.InvariantCulture, $"{backfill.MaxActiveRuns} at a time")];
        if (backfill.RunBackwards) parts.Add("newest first");
        if (backfill.ReprocessBehavior != "none") parts.Add(backfill.ReprocessBehavior == "failed" ? "failed runs again" : "all runs again");
        if (backfill.TaskIds.Length > 0) parts.Add($"only {string.Join(", ", backfill.TaskIds)}");
        return string.Join(" · ", parts);
    }
}
