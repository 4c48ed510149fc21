using Bunit;
using Microsoft.AspNetCore.Components.Web;
using Pipelines.Engine.Operations;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage.Logs;
using Pipelines.Storage.Runs;
using Pipelines.Web.Components.Dags;
using Pipelines.Web.Components.Shell;
using Pipelines.Web.Logs;

namespace Pipelines.UnitTests.Web;

/// <summary>Parts of the pages of a task instance and of a run.</summary>
public sealed class TaskPartTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static TaskInstance Task(TaskState state, string? reason = null, int? from = null, int? to = null) => new()
    {
        Id = 1,
        DagRunId = 1,
        TaskId = "t",
        State = state,
        Reason = reason,
        StartDate = from is { } start ? Noon.AddSeconds(start) : null,
        EndDate = to is { } end ? Noon.AddSeconds(end) : null,
    };

    private static DagRun Run(DagRunState state, string? reason = null) => new()
    {
        Id = 1,
        DagId = "d",
        RunId = "r",
        RunType = DagRunType.Manual,
        State = state,
        Reason = reason,
        RunAfter = Noon,
        TriggeredBy = RunTriggeredBy.Ui,
        DagVersionId = 1,
        QueuedAt = Noon,
    };

    [Test]
    public void Why_a_task_waits_is_said_from_what_is_stored_and_what_is_alive() => Assert.Multiple(() =>
    {
        var (running, waits) = (Run(DagRunState.Running), new WaitingReason(false, "q", 2));
        Assert.That(waits.Of(Task(TaskState.None, "waits for a"), running), Is.EqualTo("Waits for a."));
        Assert.That(waits.Of(Task(TaskState.Queued, "queued"), running), Does.StartWith("Queued. 2 workers of it alive"));
        Assert.That((waits with { Workers = 0 }).Of(Task(TaskState.Queued, "queued"), running), Does.Contain("none that is alive serves queue 'q'").And.Contain("PIPELINES_QUEUES=q"));
        Assert.That(waits.Of(Task(TaskState.None), Run(DagRunState.Queued, "waits for another run to end")), Is.EqualTo("Its run is queued: waits for another run to end."));
        Assert.That((waits with { IsPaused = true }).Of(Task(TaskState.None), Run(DagRunState.Queued)), Does.Contain("unpause"));
        Assert.That(waits.Of(Task(TaskState.Running), running), Is.Null);
        Assert.That(waits.Of(Task(TaskState.Failed, "no retry is left"), running), Is.Null);
    });

    [TestCase("task_failure", 1, "1 task failed:")]
    [TestCase("task_failure", 3, "3 tasks failed:")]
    [TestCase("task_failure", 5, "5 tasks failed; the first 3 to end:")]
    [TestCase("all_tasks_deadlocked", 0, "None of its unfinished tasks can ever run.")]
    [TestCase("timed_out", 1, "It took longer than its DAG allows (dagRunTimeout). 1 task failed:")]
    [TestCase("marked failed by ada", 0, "Marked failed by ada.")]
    [TestCase(null, 2, "2 tasks failed:")]
    public void Why_a_run_failed_is_said_in_words(string? reason, int failed, string expected) =>
        Assert.That(RunFailure.Words(Run(DagRunState.Failed, reason), [Task(TaskState.Success), .. Enumerable.Range(0, failed).Select(_ => Task(TaskState.Failed))]), Is.EqualTo(expected));

    [Test]
    public void The_first_to_fail_are_shown_first()
    {
        var tasks = new[] { 40, 10, 30, 20 }.Select(end => Task(TaskState.Failed, from: 0, to: end)).ToList();
        Assert.That(RunFailure.Shown(tasks), Is.EqualTo(new[] { tasks[1], tasks[3], tasks[2] }));
    }

    [Test]
    public void A_long_text_has_no_empty_lines_and_is_cut_between_words() => Assert.Multiple(() =>
    {
        Assert.That(TaskText.Brief("exited with code 3. The end of its standard error:\nno such file\n\nMend it"), Is.EqualTo("exited with code 3. The end of its standard error:\nno such file\nMend it"));
        Assert.That(TaskText.Brief(string.Join(' ', Enumerable.Repeat("words", 100))), Does.EndWith("words …").And.Length.LessThanOrEqualTo(402));
        Assert.That(TaskText.Brief(new string('x', 1000)), Is.EqualTo(new string('x', 400) + "…"));
        Assert.That(TaskText.Brief($"{new string('x', 399)}🙂🙂"), Is.EqualTo(new string('x', 399) + "…"), "a character of two units is kept whole");
        Assert.That(TaskText.Short($"{new string('x', 3999)}🙂🙂"), Is.EqualTo(new string('x', 3999) + "… (4,003 characters in all)"));
        Assert.That(TaskText.Brief(null), Is.Empty);
    });

    [Test]
    public void A_bar_spans_its_task_within_the_run()
    {
        List<TaskInstance> tasks = [Task(TaskState.Success, from: 0, to: 25), Task(TaskState.Running, from: 50), Task(TaskState.None)];
        var timeline = new RunTimeline(tasks, Noon.AddSeconds(100));

        Assert.That(tasks.Select(timeline.BarOf), Is.EqualTo(new[] { "left:0%;width:25%", "left:50%;width:50%", null }));
        Assert.That(timeline.LengthOf(tasks[1]), Is.EqualTo(TimeSpan.FromSeconds(50)));
    }

    [TestCase(null, null, 4)]
    [TestCase("info", null, 3)]
    [TestCase("warning", "", 2)]
    [TestCase("error", null, 1)]
    [TestCase("nonsense", "OVER", 2)]
    public void Lines_are_chosen_by_level_and_text(string? level, string? find, int expected)
    {
        LogLine[] lines = [new(Noon, LogLevel.Debug, "over"), new(Noon, LogLevel.Info, "all"), new(Noon, LogLevel.Warning, "Over again"), new(Noon, LogLevel.Error, "end")];

        Assert.That(lines.Count(LogFilter.Of(level, find).Fits), Is.EqualTo(expected));
    }

    [Test]
    public async Task A_failure_shows_its_parts_as_text()
    {
        await using var context = new BunitContext();
        var attempt = new TaskAttempt
        {
            Id = 1,
            TaskInstanceId = 1,
            TryNumber = 2,
            Token = 2,
            Worker = "w",
            State = TaskState.Failed,
            StartDate = Noon,
            Error = "all of it",
            Facts = [new("Value", "<script>alert(1)</script>"), new("Fix", "shorten it")],
            Progress = new TaskProgress(0, 0, 0),
        };

        var card = context.Render<FailureCard>(parameters => parameters.Add(part => part.Attempt, attempt));

        Assert.That(card.FindAll("dt").Select(name => name.TextContent), Is.EqualTo(new[] { "Value", "Fix" }));
        Assert.That(card.FindAll("script"), Is.Empty);
        Assert.That(card.Find("dd").TextContent, Is.EqualTo("<script>alert(1)</script>"));
        Assert.That(card.Find("pre").TextContent, Is.EqualTo("all of it"));
    }

    [Test]
    public async Task A_question_lists_what_it_changes_up_to_a_point_and_escape_keeps_it()
    {
        await using var context = new BunitContext();
        context.JSInterop.Mode = JSRuntimeMode.Loose;
        var confirmed = 0;
        IReadOnlyList<AffectedTask> affected = [.. Enumerable.Range(0, 50).Select(number => new AffectedTask("d", "r", $"t{number}", TaskState.Failed))];
        var part = context.Render<AskFirst>(parameters => parameters
            .Add(ask => ask.Label, "Clear").Add(ask => ask.Question, "Again?").Add(ask => ask.TestId, "clear")
            .Add(ask => ask.Preview, () => System.Threading.Tasks.Task.FromResult(affected)).Add(ask => ask.Confirmed, () => confirmed++));

        part.Find("[data-testid=clear]").Click();
        Assert.That(part.Find("[data-testid=affected]").TextContent, Is.EqualTo("50 tasks"));
        Assert.That(part.FindAll("li"), Has.Count.EqualTo(31));
        Assert.That(part.FindAll("li")[^1].TextContent, Is.EqualTo("and 20 more"));
        part.Find("[role=alertdialog]").KeyDown(new KeyboardEventArgs { Key = "Escape" });
        Assert.That((part.FindAll("[role=alertdialog]").Count, confirmed), Is.EqualTo((0, 0)));
        part.Find("[data-testid=clear]").Click();
        part.Find("[data-testid=confirm]").Click();

        Assert.That(confirmed, Is.EqualTo(1));
    }

    [Test]
    public async Task What_cannot_be_done_is_said_in_place_of_the_list()
    {
        await using var context = new BunitContext();
        context.JSInterop.Mode = JSRuntimeMode.Loose;
        var part = context.Render<AskFirst>(parameters => parameters
            .Add(ask => ask.Label, "Clear").Add(ask => ask.Question, "Again?").Add(ask => ask.TestId, "clear")
            .Add(ask => ask.Preview, () => throw new OperationException(RefusalKind.Conflict, "Nothing to clear.")));

        part.Find("[data-testid=clear]").Click();

        Assert.That(part.Find("[role=alert]").TextContent, Is.EqualTo("Nothing to clear."));
        Assert.That(part.FindAll("[data-testid=confirm]"), Is.Empty);
    }
}
