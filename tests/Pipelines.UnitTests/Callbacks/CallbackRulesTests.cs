using System.Globalization;
using Pipelines.Activities;
using Pipelines.Model.Activities;
using Pipelines.Model.Callbacks;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Model.Templates;
using Pipelines.Model.Timetables;

namespace Pipelines.UnitTests.Callbacks;

/// <summary>When which callback follows (airflow-semantics.md §3.1, §6), and what its templates see.</summary>
public sealed class CallbackRulesTests
{
    private static readonly DateTimeOffset Noon = DateTimeOffset.Parse("2026-01-02T12:00:00Z", CultureInfo.InvariantCulture);

    private static readonly CallbackMoment Failed = new(CallbackKind.OnFailureCallback)
    {
        State = TaskState.Failed,
        TryNumber = 2,
        MaxTries = 1,
        StartDate = Noon,
        EndDate = Noon.AddSeconds(90),
        Hostname = "worker-1",
        Exception = "no \"table\" <orders>",
    };

    [Test]
    public void Exactly_one_follows_from_an_end_and_none_from_what_goes_on() => Assert.That(
        Enum.GetValues<TaskState>().Select(state => (state, CallbackRules.AfterAttempt(state))).Where(pair => pair.Item2 is not null), Is.EquivalentTo(new (TaskState, CallbackKind?)[]
        {
            (TaskState.Success, CallbackKind.OnSuccessCallback), (TaskState.Skipped, CallbackKind.OnSkippedCallback), (TaskState.UpForRetry, CallbackKind.OnRetryCallback), (TaskState.Failed, CallbackKind.OnFailureCallback),
        }));

    [Test]
    public void What_the_engine_or_a_person_stops_tells_only_that_a_running_task_failed() => Assert.That(
        from before in Enum.GetValues<TaskState>()
        from after in Enum.GetValues<TaskState>()
        where CallbackRules.AfterStop(before, after) is not null
        select (before, after), Is.EquivalentTo(new[] { (TaskState.Running, TaskState.Failed), (TaskState.Restarting, TaskState.Failed) }));

    [TestCase("{{ exception }}", "no \"table\" <orders>")]
    [TestCase("{{ ti.state }} {{ ti.try_number }}/{{ ti.max_tries + 1 }} on {{ ti.hostname }}", "failed 2/2 on worker-1")]
    [TestCase("{{ ti.duration }} {{ ti.end_date | ts }}", "90.0 2026-01-02T12:01:30+00:00")]
    [TestCase("{{ ti }}", "<TaskInstance: sales.load manual__1 [failed]>")]
    [TestCase("{{ dag_run.state }} {{ dag.dag_id }} {{ task.task_id }}", "running sales load")]
    public void A_task_s_callback_sees_how_its_attempt_ended(string template, string text) => Assert.That(Rendered(template, Failed), Is.EqualTo(text));

    [Test]
    public void A_success_has_an_exception_that_is_None_and_before_the_work_there_is_none()
    {
        Assert.That(Rendered("{{ exception is none }}", new CallbackMoment(CallbackKind.OnSuccessCallback) { State = TaskState.Success }), Is.EqualTo("True"));
        Assert.That(() => Rendered("{{ exception }}", new CallbackMoment(CallbackKind.OnExecuteCallback) { State = TaskState.Running }), Throws.TypeOf<TemplateException>());
        Assert.That(() => Rendered("{{ reason }}", Failed), Throws.TypeOf<TemplateException>());
    }

    [Test]
    public void A_DAG_s_callback_sees_why_its_run_ended() => Assert.That(
        Rendered("{{ reason }} {{ ti.task_id }}", new CallbackMoment(CallbackKind.OnFailureCallback) { RunState = DagRunState.Failed, Reason = RunOutcome.TaskFailure }), Is.EqualTo("task_failure load"));

    [Test]
    public void The_alert_mail_escapes_what_was_said()
    {
        var file = DagFile.Read(
            """
            {"definitionId": "sales", "root": {"id": "flow", "type": "Elsa.Flowchart", "connections": [], "activities": [
                {"id": "dag", "type": "Pipelines.Dag"}, {"id": "load", "name": "load", "type": "Empty", "email": "a@example.com"}]}}
            """, "sales.json", new ActivityCatalog(BuiltInActivities.All));
        var mail = file.Dag!.Tasks[0].Callbacks.Of(CallbackKind.OnFailureCallback).Single();
        Assert.That(Rendered(mail.Inputs["subject"].Text, Failed), Is.EqualTo("Airflow alert: <TaskInstance: sales.load manual__1 [failed]>"));
        Assert.That(Rendered(mail.Inputs["htmlContent"].Text, Failed with { Exception = "a <b>\nc" }), Is.EqualTo("Try 2 out of 2<br>Exception:<br>a &lt;b&gt;<br>c<br>Host: worker-1<br>"));
    }

    private static string Rendered(string template, CallbackMoment moment)
    {
        var task = new DagTask { TaskId = "load", ActivityType = "Empty", ActivityId = "1" };
        var dag = new Dag { DagId = "sales", Timetable = TimetableFactory.Create(null, null, null, null), Tasks = [task] };
        var run = new DagRun { Id = 1, DagId = "sales", RunId = "manual__1", RunType = DagRunType.Manual, State = DagRunState.Running, RunAfter = Noon, TriggeredBy = RunTriggeredBy.Cli, DagVersionId = 1, QueuedAt = Noon };
        return JinjaTemplate.Parse(template).Render(new TemplateContext(dag, run, task, moment.TryNumber, TemplateLookups.None) { Callback = moment });
    }
}
