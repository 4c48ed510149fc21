using Pipelines.Model.Dags;
using Pipelines.TestKit;

namespace Pipelines.UnitTests.Plugins;

/// <summary>Weight rules of somebody's own (airflow-semantics.md §5), which plugins have.</summary>
public sealed class WeightRulePluginTests
{
    private PluginBench _bench = null!;

    [SetUp]
    public void Create() => _bench = new PluginBench();

    [TearDown]
    public void Dispose() => _bench.Dispose();

    /// <summary>The source of a class that is a weight rule.</summary>
    /// <param name="weight">An expression of dag and task.</param>
    /// <param name="name">The class.</param>
    /// <param name="space">Its namespace; "": none.</param>
    /// <param name="members">More of the class.</param>
    /// <param name="modifier">Of the class.</param>
    public static string Rule(string weight, string name = "Mine", string space = "Acme", string members = "", string modifier = "public") => $$"""
        using System.Linq;
        using Pipelines.Model.Dags;

        {{(space.Length > 0 ? $"namespace {space};" : "")}}

        {{modifier}} sealed class {{name}} : IPriorityWeightStrategy
        {
            public long GetWeight(Dag dag, DagTask task) => {{weight}};

            {{members}}
        }
        """;

    [Test]
    public void A_rule_says_the_weight_of_the_tasks_that_name_it_by_DAG_and_task()
    {
        Put("task.PriorityWeight * 10 + task.Upstream.Sum(name => dag.TasksById[name].PriorityWeight) + dag.Tasks.Count");
        var result = Read("Acme.Mine");
        Assert.That(result.Errors, Is.Empty);
        Assert.That(result.Dag!.Tasks.Select(task => (task.TaskId, task.PriorityWeightTotal)), Is.EqualTo(new[] { ("a", 1 + 7), ("b", 70 + 1 + 2) }), "a has the usual rule");
        Assert.That(result.Dag.TasksById["b"].PriorityWeightTotal, Is.EqualTo(73));
        Assert.That(_bench.Plugin("Acme.dll").Parts, Is.EqualTo(new[] { "Acme.Mine" }));
    }

    [TestCase("long.MaxValue", int.MaxValue)]
    [TestCase("long.MinValue", int.MinValue)]
    public void A_weight_stays_within_32_bits(string weight, int expected)
    {
        Put(weight);
        Assert.That(Read("Acme.Mine").Dag!.TasksById["b"].PriorityWeightTotal, Is.EqualTo(expected));
    }

    [Test]
    public void A_rule_that_no_plugin_has_is_an_error_at_its_place_with_the_name_that_was_meant()
    {
        Put("1");
        Assert.That(Read("Acme.Mien").Errors.Select(error => $"{error.JsonPath}: {error.Message}"), Is.EqualTo(new[]
        {
            "$.root.activities[2].weightRule: Input 'weightRule' is 'Acme.Mien' but must be one of downstream, upstream, absolute, Acme.Mine. Did you mean 'Acme.Mine'?",
        }));
    }

    [Test]
    public void A_rule_that_fails_is_an_error_of_the_DAG()
    {
        Put("throw new System.InvalidOperationException(\"Not today.\")");
        Assert.That(Read("Acme.Mine").Errors.Select(error => $"{error.JsonPath}: {error.Message}"), Is.EqualTo(new[]
        {
            "$.root.activities[2].weightRule: The weight rule 'Acme.Mine' has no weight for task 'b': InvalidOperationException: Not today. Mend its plugin, or choose another rule.",
        }));
    }

    [Test]
    public void A_new_version_of_the_rule_takes_over_and_its_name_is_what_a_DAG_version_depends_on()
    {
        Put("1");
        var (before, generation) = (Read("Acme.Mine"), _bench.Catalog.Generation);
        Put("22");
        _bench.LookTwice();
        var after = Read("Acme.Mine");
        Assert.That((after.Dag!.TasksById["b"].PriorityWeightTotal, _bench.Catalog.Generation, after.Hash), Is.EqualTo((22, generation + 1, before.Hash)));
        Assert.That(Read("absolute").Hash, Is.Not.EqualTo(before.Hash));
    }

    private void Put(string weight) => _bench.Put("Acme.dll", CSharpLibrary.WithModel("Acme", Rule(weight)));

    /// <summary>A DAG of the tasks a and b, of which the latter has this rule.</summary>
    private DagFileResult Read(string rule) => DagFile.Read($$"""
        { "definitionId": "d", "root": { "id": "f", "type": "Elsa.Flowchart",
          "activities": [
            { "id": "s", "type": "Pipelines.Dag" },
            { "id": "1", "name": "a", "type": "Empty" },
            { "id": "2", "name": "b", "type": "Empty", "priorityWeight": 7, "weightRule": "{{rule}}" } ],
          "connections": [ { "source": { "activity": "1", "port": "Done" }, "target": { "activity": "2", "port": "In" } } ] } }
        """, "d.json", _bench.Catalog);
}
