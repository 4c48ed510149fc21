using System.Text;
using System.Text.Json;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Model.Timetables;
using Pipelines.Web.Grid;

namespace Pipelines.UnitTests.Web;

/// <summary>What the grid and the graph are told.</summary>
public sealed class GridJsonTests
{
    private static readonly Dag Chain = new()
    {
        DagId = "d",
        Timetable = new NullTimetable(),
        Tasks =
        [
            new DagTask { TaskId = "a", ActivityType = "SqlQuery", ActivityId = "1", Downstream = ["load.b"] },
            new DagTask { TaskId = "load.b", ActivityType = "CopyToRedshift", ActivityId = "2", Upstream = ["a"] },
        ],
    };

    [Test]
    public void Tasks_stand_once_in_the_order_of_the_dag_and_runs_in_columns()
    {
        using var json = Parse(GridJson.Whole(GridRuns.Head, Chain, null, [GridRuns.Of(7, "load.b:running a:success"), GridRuns.Of(8, "a:failed")]));
        var root = json.RootElement;

        Assert.That(Texts(root.GetProperty("tasks")), Is.EqualTo(new[] { "a", "load.b" }));
        Assert.That(Texts(root.GetProperty("activities")), Is.EqualTo(new[] { "SqlQuery", "CopyToRedshift" }));
        Assert.That(root.GetProperty("upstream").GetRawText(), Is.EqualTo("[[],[0]]"));
        var runs = root.GetProperty("runs");
        Assert.That(runs.GetProperty("id").GetRawText(), Is.EqualTo("[7,8]"));
        Assert.That(Texts(runs.GetProperty("run_id")), Is.EqualTo(new[] { "run_7", "run_8" }));
        Assert.That(runs.GetProperty("date").GetRawText(), Is.EqualTo("[null,null]"));
        Assert.That(runs.GetProperty("start")[0].GetInt64(), Is.EqualTo(GridRuns.Start.ToUnixTimeMilliseconds()));
        Assert.That(Words(root, runs.GetProperty("cells")[0].GetString()!), Is.EqualTo(new[] { "success", "running" }));
        Assert.That(Words(root, runs.GetProperty("cells")[1].GetString()!), Is.EqualTo(new[] { "failed", "-" }));
        Assert.That(runs.GetProperty("lengths").GetRawText(), Is.EqualTo("[[15,15],[15,0]]"));
        Assert.That(Words(root, runs.GetProperty("state").GetString()!), Is.EqualTo(new[] { "running", "running" }));
    }

    [Test]
    public void A_setup_and_a_teardown_say_what_they_are()
    {
        var dag = Chain with { Tasks = [Chain.Tasks[0] with { IsSetup = true }, Chain.Tasks[1] with { IsTeardown = true }] };
        using var json = Parse(GridJson.Whole(GridRuns.Head, dag, null, []));

        Assert.That(Texts(json.RootElement.GetProperty("activities")), Is.EqualTo(new[] { "setup: SqlQuery", "teardown: CopyToRedshift" }));
    }

    [Test]
    public void A_task_that_only_an_older_run_has_comes_last()
    {
        using var json = Parse(GridJson.Whole(GridRuns.Head, Chain, null, [GridRuns.Of(7, "gone:success a:success")]));

        Assert.That(Texts(json.RootElement.GetProperty("tasks")), Is.EqualTo(new[] { "a", "load.b", "gone" }));
        Assert.That(Words(json.RootElement, json.RootElement.GetProperty("runs").GetProperty("cells")[0].GetString()!), Is.EqualTo(new[] { "success", "-", "success" }));
    }

    [Test]
    public void A_dag_that_cannot_be_read_still_shows_its_runs_and_says_why()
    {
        using var json = Parse(GridJson.Whole(GridRuns.Head, null, "Activity 'X' is unknown.", [GridRuns.Of(7, "a:success")]));

        Assert.That(json.RootElement.GetProperty("problem").GetString(), Is.EqualTo("Activity 'X' is unknown."));
        Assert.That(Texts(json.RootElement.GetProperty("tasks")), Is.EqualTo(new[] { "a" }));
        Assert.That(json.RootElement.TryGetProperty("upstream", out _), Is.False);
    }

    [Test]
    public void A_mapped_task_shows_the_gravest_state_of_its_instances()
    {
        using var json = Parse(GridJson.Whole(GridRuns.Head, Chain, null, [GridRuns.Of(7, "a:success a:failed a:running")]));

        Assert.That(Words(json.RootElement, json.RootElement.GetProperty("runs").GetProperty("cells")[0].GetString()!)[0], Is.EqualTo("failed"));
    }

    [TestCase("<script>alert(1)</script>")]
    [TestCase("\"},{\"🚀\u202e\n\ndata: x")]
    public void A_hostile_run_id_is_one_text_on_one_line(string runId)
    {
        var delta = GridJson.Delta([GridRuns.Of(7, "a:success") with { RunId = runId }]);

        Assert.That(Encoding.UTF8.GetString(delta), Does.Not.Contain('\n').And.Not.Contain("<script"));
        using var json = Parse(delta);
        Assert.That(Texts(json.RootElement.GetProperty("runs").GetProperty("run_id")), Is.EqualTo(new[] { runId }));
    }

    [Test]
    public void Every_state_that_is_stored_has_a_letter()
    {
        var stored = Enum.GetValues<TaskState>().Select(StateNames.ToName).Union(Enum.GetValues<DagRunState>().Select(StateNames.ToName));

        Assert.That(stored, Is.SubsetOf(GridJson.States));
    }

    private static JsonDocument Parse(byte[] json) => JsonDocument.Parse(json);

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(text => text.GetString()!)];

    private static string[] Words(JsonElement root, string letters) =>
        [.. letters.Select(letter => letter == '-' ? "-" : root.GetProperty("states")[letter - 'a'][0].GetString()!)];
}
