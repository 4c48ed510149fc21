using System.Globalization;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Runs;
using Spectre.Console;

namespace Pipelines.Cli.Terminal;

/// <summary>Shows runs as they go: a bar per task on a terminal, a line per finished task without one.</summary>
internal sealed class RunProgress(Database database, IReadOnlyList<long> runIds, Output output)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly HashSet<(long Run, long Task, TaskState State, int Try)> _told = [];

    /// <summary>Waits until every run has ended, then says on standard error what failed and why.</summary>
    /// <returns>The runs, ended, in the order given.</returns>
    public async Task<IReadOnlyList<DagRun>> WatchAsync(CancellationToken cancellation)
    {
        var ended = await ShowAsync(cancellation);
        foreach (var (run, tasks, _) in ended)
        {
            foreach (var task in tasks.Where(task => task.Error is not null && task.State == TaskState.Failed))
                await Console.Error.WriteLineAsync($"{task.Name} of {run.RunId} failed: {task.Error}");
        }

        return [.. ended.Select(view => view.Run)];
    }

    private Task<IReadOnlyList<RunView>> ShowAsync(CancellationToken cancellation) =>
        output.IsJson || Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Interactive
            ? PollAsync(TellAsLines, cancellation)
            : AnsiConsole.Progress().Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new SpinnerColumn())
                .StartAsync(bars => PollAsync(snapshot => ShowAsBars(bars, snapshot), cancellation));

    private async Task<IReadOnlyList<RunView>> PollAsync(Action<IReadOnlyList<RunView>> show, CancellationToken cancellation)
    {
        while (true)
        {
            var runs = await database.InTransactionAsync(ReadAsync, cancellation);
            show(runs);
            if (runs.All(view => view.Run.State.IsFinished())) return runs;
            await Task.Delay(Pause, cancellation);
        }
    }

    private async Task<IReadOnlyList<RunView>> ReadAsync(Transaction tx)
    {
        var views = new List<RunView>();
        foreach (var id in runIds)
        {
            var run = await DagRunQueries.FindAsync(tx, id) ?? throw new CliError("A run was deleted while it was watched.");
            views.Add(new RunView(run, await TaskInstanceTable.OfRunAsync(tx, id), await TaskAttemptTable.LatestOfRunAsync(tx, id)));
        }

        return views;
    }

    private void TellAsLines(IReadOnlyList<RunView> runs)
    {
        foreach (var view in runs)
        {
            foreach (var task in view.Tasks.Where(task => task.State.IsFinished() || task.State is TaskState.UpForRetry or TaskState.UpForReschedule or TaskState.Deferred))
            {
                if (!_told.Add((view.Run.Id, task.Id, task.State, task.TryNumber))) continue;
                output.Say($"{Label(view.Run)}  {task.Name,-24} {StateNames.ToName(task.State),-17} {Moved(view.Attempts.GetValueOrDefault(task.Id))}");
            }
        }
    }

    private void ShowAsBars(ProgressContext bars, IReadOnlyList<RunView> runs)
    {
        foreach (var task in runs.SelectMany(view => view.Tasks).GroupBy(task => task.TaskId))
        {
            var bar = _bars.TryGetValue(task.Key, out var known) ? known : _bars[task.Key] = bars.AddTask(task.Key);
            bar.MaxValue = task.Count();
            var rows = task.Sum(instance => runs.Select(view => view.Attempts.GetValueOrDefault(instance.Id)?.Progress.Rows ?? 0).Sum());
            bar.Value = task.Count(instance => instance.State.IsFinished());
            bar.Description = Markup.Escape(rows == 0 ? task.Key : string.Create(CultureInfo.InvariantCulture, $"{task.Key} {rows:N0} rows"));
        }
    }

    private readonly Dictionary<string, ProgressTask> _bars = [];

    private static string Label(DagRun run) =>
        run.LogicalDate?.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? run.RunId;

    private static string Moved(TaskAttempt? attempt)
    {
        if (attempt is null) return "";
        var seconds = attempt.EndDate is { } end ? string.Create(CultureInfo.InvariantCulture, $"{(end - attempt.StartDate).TotalSeconds:N1} s") : "";
        return attempt.Progress.Rows == 0 ? seconds
            : string.Create(CultureInfo.InvariantCulture, $"{seconds}, {attempt.Progress.Rows:N0} rows, {attempt.Progress.Bytes / 1e6:N1} MB");
    }

    private sealed record RunView(DagRun Run, IReadOnlyList<TaskInstance> Tasks, IReadOnlyDictionary<long, TaskAttempt> Attempts);
}
