using Pipelines.TestKit;

namespace Pipelines.AcceptanceTests;

/// <summary>A DAG file with a mistake: one clear message, a non-zero exit, nothing started.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class BadDagFileTests
{
    private static IEnumerable<TestCaseData> Mistakes()
    {
        yield return Case("broken_json", "{ \"definitionId\": ", "line 1");
        yield return Case("unknown_activity", DagFile.Daily("unknown_activity").Add("copy", "CopyToRedshif"), "CopyToRedshif", "CopyToRedshift");
        yield return Case("lost_edge", DagFile.Daily("lost_edge").Add("a", "SqlQuery", ("sql", "SELECT 1")).Connect("a", "nowhere"), "nowhere");
        yield return Case("cycle", DagFile.Daily("cycle").Add("a", "SqlQuery", ("sql", "SELECT 1")).Add("b", "SqlQuery", ("sql", "SELECT 1")).Connect("a", "b").Connect("b", "a"), "cycle", "a", "b");
        yield return Case("twice", DagFile.Daily("twice").Add("a", "SqlQuery", ("sql", "SELECT 1")).Add("a", "SqlQuery", ("sql", "SELECT 1")), "a", "name");
        yield return Case("bad_cron", DagFile.Daily("bad_cron", ("schedule", "61 * * * *")).Add("a", "SqlQuery", ("sql", "SELECT 1")), "61 * * * *");
        yield return Case("bad_time", DagFile.Daily("bad_time").Add("a", "BranchDateTime", ("targetLower", "25:00")), "targetLower", "25:00", "08:00");
        yield return Case("end_first", DagFile.Daily("end_first", ("endDate", "2025-01-01T00:00:00Z")).Add("a", "SqlQuery", ("sql", "SELECT 1")), "endDate");
    }

    [TestCaseSource(nameof(Mistakes))]
    public async Task It_is_refused_in_words(string dagId, string json, string[] words)
    {
        using var folder = new TemporaryDirectory();
        var file = Path.Combine(folder.Path, $"{dagId}.json");
        await File.WriteAllTextAsync(file, json);

        var run = await CommandLine.RunAsync(["demo", "--dag", file]);

        Assert.That(run.ExitCode, Is.EqualTo(1), run.Error);
        Assert.That(run.Output, Is.Empty);
        Assert.That(run.Error, Does.Contain($"{dagId}.json"), "names the file");
        foreach (var word in words) Assert.That(run.Error, Does.Contain(word));
        Assert.That(run.Error, Does.Not.Contain("   at "), "no stack trace");
    }

    private static TestCaseData Case(string dagId, object json, params string[] words) =>
        new TestCaseData(dagId, json.ToString(), words).SetArgDisplayNames(dagId);
}
