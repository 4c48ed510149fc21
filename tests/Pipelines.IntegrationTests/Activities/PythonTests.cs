using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Timetables;
using Pipelines.TestKit;
using Python = Pipelines.Activities.Python;

namespace Pipelines.IntegrationTests.Activities;

/// <summary>Python as Airflow's PythonOperator: what the code sees, returns, raises and prints.</summary>
public sealed class PythonTests
{
    private ActivityEnvironment _attempt = null!;

    [OneTimeSetUp]
    public void Tools()
    {
        Need.Tool("python3");
        Need.Tool("setsid");
    }

    [SetUp]
    public void NewAttempt()
    {
        var day = new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);
        _attempt = new ActivityEnvironment { Interval = new DataInterval(day, day.AddDays(1)) };
    }

    private Task<Outcome> RunAsync(string code, params (string Name, string Value)[] more) => _attempt.RunAsync(new Python(), DataPath.Inputs([("code", code), .. more]));

    private async Task<string?> ReturnedAsync(string code, params (string Name, string Value)[] more) =>
        ((Outcome.Succeeded)await RunAsync(code, more)).ReturnValue?.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    [TestCase("return None", null)]
    [TestCase("x = 1", null)]
    [TestCase("# nothing", null)]
    [TestCase("return True", "true")]
    [TestCase("return 0", "0")]
    [TestCase("return 10 ** 30", "1000000000000000000000000000000")]
    [TestCase("return 0.1", "0.1")]
    [TestCase("return ''", "\"\"")]
    [TestCase("return 'grüße\\n\\u2028🚀'", "\"grüße\\n\\u2028🚀\"")]
    [TestCase("return [1, (2, None), {'a': {}, 3: []}]", "[1,[2,null],{\"a\":{},\"3\":[]}]")]
    [TestCase("import datetime, decimal\nreturn [datetime.date(2026, 1, 2), decimal.Decimal('1.50'), {7}]", "[\"2026-01-02\",\"1.50\",[7]]")]
    [TestCase("from __future__ import annotations\nimport math\ndef area(r):\n    return math.floor(r * r * 3)\nreturn [area(r) for r in (1, 2)]", "[3,12]")]
    public async Task Json_of_every_kind_is_returned(string code, string? json) => Assert.That(await ReturnedAsync(code), json is null ? Is.Null : Is.EqualTo(json).Or.EqualTo(json.Replace("🚀", "\\uD83D\\uDE80", StringComparison.Ordinal)));

    [TestCase("return float('nan')", "The value it returned cannot be stored")]
    [TestCase("return object()", "object is no JSON")]
    [TestCase("x = []\nx.append(x)\nreturn x", "cannot be stored")]
    [TestCase("return 'x' * 2000000", "an XCom holds 1048576")]
    [TestCase("ti.xcom_push('k', b'bytes')", "XCom 'k' cannot be stored")]
    [TestCase("raise AirflowFailException('no such table')", "at line 1: airflow.exceptions.AirflowFailException: no such table")]
    [TestCase("from airflow.exceptions import AirflowFailException as Final\nclass Mine(Final): pass\nraise Mine('mine')", "at line 3: python_task.<locals>.Mine: mine")]
    [TestCase("x = 1\nif x\n  y", "SyntaxError")]
    public async Task What_no_retry_can_mend_fails_for_good(string code, string words)
    {
        var failure = await DataPath.FailAsync(() => RunAsync(code));
        Assert.That(failure.Retryable, Is.False, failure.Message);
        Assert.That(failure.Message, Does.StartWith("The code of task 'task' failed").And.Contain(words));
    }

    [TestCase("x = {}\n\nreturn x['k']", "at line 3: KeyError: 'k'")]
    [TestCase("import sys\nsys.exit(0)", "at line 2: SystemExit: 0")]
    [TestCase("raise AirflowException('later')", "AirflowException: later")]
    [TestCase("import os\nprint('last words')\nos._exit(3)", "ended with code 3 before the code had ended. The end of its output:\nlast words\n")]
    [TestCase("import os\nos._exit(0)", "The code ended the interpreter itself, as os._exit(0) does")]
    [TestCase("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "ended with code 137")]
    public async Task Anything_else_is_worth_a_retry(string code, string words)
    {
        var failure = await DataPath.FailAsync(() => RunAsync(code));
        Assert.That(failure.Retryable, Is.True, failure.Message);
        Assert.That(failure.Message, Does.Contain(words));
    }

    [TestCase("raise AirflowSkipException('nothing today')")]
    [TestCase("from airflow.exceptions import AirflowSkipException as Skip\nraise Skip('nothing today')")]
    [TestCase("from airflow.sdk.exceptions import AirflowSkipException\nclass Holiday(AirflowSkipException): pass\nraise Holiday('nothing today')")]
    [TestCase("def inner():\n  class AirflowSkipException(Exception): pass\n  raise AirflowSkipException('nothing today')\ninner()")]
    public async Task A_skip_is_known_by_its_name(string code) => Assert.That(((Outcome.Skipped)await RunAsync(code)).Reason, Is.EqualTo("nothing today"));

    [Test]
    public async Task The_traceback_in_the_log_shows_the_codes_own_lines_only()
    {
        await DataPath.FailAsync(() => RunAsync("def load(table):\n    raise ValueError('no ' + table)\n\nload('orders')"));
        var errors = string.Join('\n', _attempt.Lines.Where(line => line.Level == LogLevel.Error).Select(line => line.Message));
        Assert.That(errors, Does.StartWith("Traceback (most recent call last):\n  File \"<task>\", line 4, in python_task").And.Contain("raise ValueError('no ' + table)").And.EndWith("ValueError: no orders"));
    }

    [Test]
    public async Task Printed_lines_are_in_the_log()
    {
        await RunAsync("import subprocess, sys\nprint('grüße')\nprint('oops', file=sys.stderr)\nsubprocess.run(['echo', 'child'])\nprint(repr(sys.stdin.read()))");
        Assert.That(_attempt.Lines.Select(line => line.Message), Is.EqualTo(new[] { "grüße", "oops", "child", "''" }));
    }

    [Test]
    public async Task It_sees_airflows_names()
    {
        (_attempt.Params, _attempt.Conf) = (new JsonObject { ["day"] = 3, ["who"] = "ö" }, new JsonObject { ["day"] = 3 });
        var seen = await ReturnedAsync("return [ds, ds_nodash, ts, ts_nodash, ts_nodash_with_tz, logical_date.isoformat(), (data_interval_end - data_interval_start).days, params, dag_run.conf, dag_run.run_id, run_id, dag.dag_id, task.task_id, ti.try_number, ti.map_index, context['ds'], table]", ("opKwargs", """{"table": "orders"}"""));
        Assert.That(seen, Is.EqualTo("""["2026-05-01","20260501","2026-05-01T00:00:00+00:00","20260501T000000","20260501T000000+0000","2026-05-01T00:00:00+00:00",1,{"day":3,"who":"ö"},{"day":3},"RUN","RUN","dag","task",1,-1,"2026-05-01","orders"]""".Replace("RUN", _attempt.Key.RunId, StringComparison.Ordinal)));
    }

    [Test]
    public async Task Without_a_logical_date_its_names_are_not_there()
    {
        _attempt.Interval = null;
        Assert.That((await DataPath.FailAsync(() => RunAsync("return ds"))).Message, Does.Contain("NameError: name 'ds' is not defined"));
    }

    [Test]
    public async Task XComs_are_pulled_and_pushed()
    {
        _attempt.Returned("extract", new JsonObject { ["rows"] = 5 });
        var returned = await ReturnedAsync("ti.xcom_push('half', ti.xcom_pull(task_ids='extract')['rows'] / 2)\nreturn [ti.xcom_pull(key='half'), ti.xcom_pull(task_ids=['extract', 'none'])]");
        Assert.That(returned, Is.EqualTo("""[2.5,[{"rows":5},null]]"""));
        Assert.That((await _attempt.XCom.PullAsync("task", "half", CancellationToken.None))!.ToJsonString(), Is.EqualTo("2.5"));
    }

    [Test]
    public async Task XComs_of_mapped_tasks_are_pulled_as_Airflow_shapes_them()
    {
        _attempt.Returned("load", "a", mapIndex: 0);
        _attempt.Returned("load", "c", mapIndex: 2);
        _attempt.Returned("one", "only", mapIndex: 0);
        Assert.That(await ReturnedAsync("return [ti.xcom_pull('load'), ti.xcom_pull('one'), ti.xcom_pull(['load', 'one']), ti.xcom_pull('load', map_indexes=2), ti.xcom_pull('load', map_indexes=[0, 1], default='-'), ti.xcom_pull('load', map_indexes=1)]"),
            Is.EqualTo("""[["a","c"],"only",["a","c","only"],"c",["a","-"],null]"""));
    }

    [Test]
    public async Task XComs_of_earlier_runs_are_pulled_when_they_are_asked_for()
    {
        _attempt.OtherXComs[new("task", "watermark") { IncludesPriorDates = true }] = "monday";
        _attempt.OtherXComs[new("task", "watermark", -1) { IncludesPriorDates = true }] = "monday";
        Assert.That(await ReturnedAsync("return [ti.xcom_pull(key='watermark'), ti.xcom_pull(key='watermark', include_prior_dates=True), ti.xcom_pull('task', key='watermark', map_indexes=-1, include_prior_dates=True)]"),
            Is.EqualTo("""[null,"monday","monday"]"""));
    }

    [Test]
    public async Task XComs_of_other_DAGs_and_runs_are_pulled_by_name()
    {
        _attempt.OtherXComs[new("load") { DagId = "source" }] = "same run";
        _attempt.OtherXComs[new("load", "k", 2) { DagId = "source", RunId = "r" }] = "by name";
        Assert.That(await ReturnedAsync("return [ti.xcom_pull('load', 'source'), ti.xcom_pull('load', 'source', 'k', map_indexes=2, run_id='r'), ti.xcom_pull('load', run_id='r')]"),
            Is.EqualTo("""["same run","by name",null]"""));
    }

    [Test]
    public async Task Code_and_context_are_on_no_command_line_and_in_no_environment()
    {
        Environment.SetEnvironmentVariable("PIPELINES_TEST_SECRET", "hunter2");
        _attempt.Params = new JsonObject { ["password"] = "hunter2" };
        Assert.That(await ReturnedAsync("found = [b'hunter' + b'2' in open(f'/proc/self/{name}', 'rb').read() for name in ('cmdline', 'environ')]\nreturn found # hunter2"), Is.EqualTo("[false,false]"));
    }

    [Test]
    public async Task Nothing_is_returned_unless_wanted() => Assert.That(await ReturnedAsync("return 1", ("doXcomPush", "false")), Is.Null);

    [Test]
    public async Task An_interpreter_that_is_not_there_is_named()
    {
        var failure = await DataPath.FailAsync(() => RunAsync("return 1", ("python", "python9")));
        Assert.That(failure.Message, Does.Contain("no program 'python9' on its PATH").And.Contain(Environment.MachineName));
    }

    [Test]
    public async Task Stopped_code_runs_what_it_has_to_run_at_last()
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _attempt.OnLog = line =>
        {
            if (line == "ready") ready.SetResult();
        };
        using var stop = new CancellationTokenSource();
        var running = _attempt.RunAsync(new Python(), DataPath.Inputs(("code", "import time\ntry:\n    print('ready')\n    time.sleep(1000)\nfinally:\n    print('cleaned up')")), stop.Token);
        await ready.Task;
        await stop.CancelAsync();
        Assert.That(async () => await running, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(_attempt.Log, Does.Contain("cleaned up").And.Not.Contain("SIGKILL"));
    }
}
