using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Assets;
using Pipelines.UnitTests.Dags;

namespace Pipelines.UnitTests.Assets;

/// <summary>Assets in DAG files, and when a condition of them holds (airflow-semantics.md §17).</summary>
public class AssetTests
{
    private static readonly ActivityCatalog WithSensor = new([DagText.Catalog.Activity("Copy")!, new Pipelines.Activities.FileSensor(), new Pipelines.Activities.Empty()]);

    [TestCase("""["a", "b"]""", "a and b")]
    [TestCase("""{"any": ["a", {"all": ["b", "c"]}]}""", "a or (b and c)")]
    [TestCase("""[{"any": ["a"]}, {"alias": "x"}]""", "a and alias x")]
    [TestCase("""{"name": "orders", "uri": "s3://lake/orders"}""", "orders")]
    [TestCase("""{"uri": "s3://lake/orders"}""", "s3://lake/orders")]
    public void A_condition_reads_as_its_author_means_it(string json, string summary) =>
        Assert.That(AssetJson.Condition(JsonNode.Parse(json)).Summary, Is.EqualTo(summary));

    [TestCase("""["a", "b"]""", "a", false)]
    [TestCase("""["a", "b"]""", "a b", true)]
    [TestCase("""{"any": ["a", "b"]}""", "b", true)]
    [TestCase("""{"any": ["a", {"all": ["b", "c"]}]}""", "b", false)]
    [TestCase("""{"any": ["a", {"all": ["b", "c"]}]}""", "c b", true)]
    [TestCase("""[{"alias": "x"}, "a"]""", "a", false)]
    [TestCase("""[{"alias": "x"}, "a"]""", "a stands-for-x", true)]
    public void It_holds_when_what_it_names_was_updated(string json, string updated, bool holds)
    {
        var names = updated.Split(' ');
        Assert.That(AssetJson.Condition(JsonNode.Parse(json)).Holds(
            asset => names.Contains(asset.Name), alias => alias == "x" ? [new AssetKey("stands-for-x", "stands-for-x")] : []), Is.EqualTo(holds));
    }

    [Test]
    public void Every_asset_stands_once_in_what_a_condition_names()
    {
        var condition = AssetJson.Condition(JsonNode.Parse("""[{"any": ["a", "b"]}, "a", {"alias": "x"}, {"alias": "x"}]"""));
        Assert.That(condition.Assets.Select(asset => asset.Name), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(condition.Aliases, Is.EqualTo(new[] { "x" }));
    }

    [TestCase("""[]""", "never hold")]
    [TestCase("""[1]""", "is no asset")]
    [TestCase("""{"nme": "a"}""", "is no asset")]
    [TestCase("""{"name": "a", "owner": "b"}""", "'owner' is nothing that an asset has")]
    [TestCase("""["  "]""", "is not blank")]
    [TestCase("""["grün"]""", "ASCII")]
    [TestCase("""["airflow://x"]""", "reserved")]
    [TestCase("""[{"name": "a", "extra": 1}]""", "JSON object")]
    public void What_is_no_asset_is_refused_with_the_reason(string json, string reason) =>
        Assert.That(() => AssetJson.Condition(JsonNode.Parse(json)), Throws.InstanceOf<AssetException>().With.Message.Contains(reason));

    [Test]
    public void A_file_says_what_its_DAG_waits_for_and_what_its_tasks_update()
    {
        var dag = new DagText().Set("assets", """{"any": ["orders", "leads"]}""")
            .Task("a", ("outlets", """["sales", {"alias": "daily"}]"""), ("inlets", """["orders"]""")).Read().Dag!;

        Assert.That((dag.Assets!.Summary, dag.Timetable.Summary, dag.Timetable.CanBeScheduled, dag.Timetable.Periodic), Is.EqualTo(("orders or leads", "Asset", false, false)));
        var task = dag.TasksById["a"];
        Assert.That(task.Outlets.Assets.Select(asset => asset.Uri), Is.EqualTo(new[] { "sales" }));
        Assert.That((task.Outlets.Aliases.Single(), task.Inlets.Assets.Single().Name), Is.EqualTo(("daily", "orders")));
    }

    [Test]
    public void A_watcher_is_a_sensor_with_its_inputs_and_part_of_the_version()
    {
        static string Assets(string every) => $$"""[{"name": "orders", "watchers": [{"name": "landing", "activity": "FileSensor", "inputs": {"filepath": "/in/orders.csv"}{{every}}}]}]""";
        var file = new DagText().Set("assets", Assets("""
            , "every": "00:00:30"
            """)).Task("a").Read(catalog: WithSensor);
        var watcher = file.Dag!.Assets!.Assets.Single().Watchers.Single();
        Assert.That((watcher.Name, watcher.Activity, watcher.Inputs.ToJsonString(), watcher.Every), Is.EqualTo(("landing", "FileSensor", """{"filepath":"/in/orders.csv"}""", TimeSpan.FromSeconds(30))));
        Assert.That(file.Hash, Is.Not.EqualTo(new DagText().Set("assets", Assets("")).Task("a").Read(catalog: WithSensor).Hash));
    }

    [TestCase("""{"name": "w", "activity": "FileSensr", "inputs": {}}""", "Did you mean 'FileSensor'?")]
    [TestCase("""{"name": "w", "activity": "Empty", "inputs": {}}""", "no activity that looks without a task")]
    [TestCase("""{"name": "w", "activity": "FileSensor", "inputs": {"path": "/x"}}""", "FileSensor has no input 'path'")]
    [TestCase("""{"name": "w", "activity": "FileSensor", "inputs": {"filepath": "/x", "recursive": "perhaps"}}""", "'recursive' is 'perhaps' but must be true or false")]
    [TestCase("""{"name": "w", "activity": "FileSensor", "inputs": {"pokeInterval": "1"}}""", "no input 'pokeInterval' that a watcher may set")]
    [TestCase("""{"name": "w", "activity": "FileSensor"}""", "needs the input 'filepath'")]
    [TestCase("""{"name": "w", "activity": "FileSensor", "inputs": {"filepath": "/x"}, "every": "0"}""", "1 second or more")]
    [TestCase("""{"activity": "FileSensor"}""", "The 'name' of a watcher")]
    [TestCase("""{"name": "w", "sensor": "FileSensor"}""", "'sensor' is nothing that a watcher has")]
    [TestCase("""7""", "is no watcher")]
    public void What_cannot_watch_is_refused_with_the_reason(string watcher, string reason)
    {
        var errors = new DagText().Set("assets", $$"""[{"name": "orders", "watchers": [{{watcher}}]}]""").Task("a").Read(catalog: WithSensor).Errors;
        Assert.That(errors.Single().Message, Does.Contain(reason));
    }

    [Test]
    public void Watchers_stand_only_where_somebody_waits() => Assert.That(
        new DagText().Task("a", ("outlets", """[{"name": "orders", "watchers": [{"name": "w", "activity": "FileSensor"}]}]""")).Read().Errors.Single().Message, Does.Contain("Write them where a DAG does, in its 'assets'"));

    [Test]
    public void With_a_schedule_both_call_for_runs()
    {
        var dag = new DagText().Set("assets", """["orders"]""").Set("schedule", "0 3 * * *").Task("a").Read().Dag!;
        Assert.That(dag.Timetable.Summary, Does.StartWith("Asset or 0 3 * * *"));
        Assert.That((dag.Timetable.CanBeScheduled, dag.Timetable.Periodic), Is.EqualTo((true, true)));
    }

    [Test]
    public void What_is_wrong_is_told_at_its_place()
    {
        var errors = new DagText().Set("assets", """["airflow://x"]""").Task("a", ("outlets", """["  "]""")).Read().Errors;
        Assert.That(errors.Select(error => error.Message), Has.Exactly(2).Items.And.Some.Contains("reserved").And.Some.Contains("not blank"));
    }

    [Test]
    public void Assets_are_part_of_the_version_and_their_absence_is_not()
    {
        string Hash(Action<DagText> change)
        {
            var text = new DagText().Task("a");
            change(text);
            return text.Read().Hash!;
        }

        var without = Hash(_ => { });
        Assert.That(Hash(text => text.Set("assets", "[]")), Is.EqualTo(without));
        Assert.That(Hash(text => text.Set("assets", """["x"]""")), Is.Not.EqualTo(without));
        Assert.That(Hash(text => text.Set("assets", """{"all": [{"name": "x"}]}""")), Is.EqualTo(Hash(text => text.Set("assets", """["x"]"""))));
    }
}
