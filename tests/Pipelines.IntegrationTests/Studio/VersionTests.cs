using System.Net;
using System.Text.Json.Nodes;

namespace Pipelines.IntegrationTests.Studio;

/// <summary>Versions and drafts as Studio counts and finds them, and what finding them costs.</summary>
public class VersionTests
{
    private StudioSite _site = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _site = await StudioSite.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _site.DisposeAsync();

    [Test]
    public async Task A_change_of_a_published_dag_is_a_draft_of_the_next_version_until_it_is_published()
    {
        var dagId = await _site.Admin.PublishQueryAsync("versions", "SELECT 1");
        var first = await _site.Admin.ReadAsync($"/workflow-definitions/by-definition-id/{dagId}?versionOptions=Latest");
        await _site.Admin.SaveAsync(first.With("more", "SqlQuery", ("sql", "SELECT 2")));

        Assert.That(await VersionsAsync(dagId), Is.EqualTo(new[] { (2, true, false), (1, false, true) }));
        Assert.That((int?)(await _site.Admin.ReadAsync($"/workflow-definitions/by-definition-id/{dagId}?versionOptions=Published"))["version"], Is.EqualTo(1));
        await _site.Admin.AskAsync($"/workflow-definitions/{dagId}/publish");
        Assert.That(await VersionsAsync(dagId), Is.EqualTo(new[] { (2, true, true), (1, false, false) }));
        Assert.That((bool?)(await _site.Admin.AskAsync($"/workflow-definitions/{dagId}/publish"))["alreadyPublished"], Is.True);

        var reverted = await _site.Admin.AskAsync($"/workflow-definitions/{dagId}/revert/1");
        Assert.That(((int?)reverted["version"], (string?)reverted["id"]), Is.EqualTo((3, $"draft-{dagId}")));
        Assert.That((await _site.Admin.DeleteAsync($"/elsa/api/workflow-definition-versions/draft-{dagId}")).StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(await VersionsAsync(dagId), Has.Count.EqualTo(2));
    }

    [Test]
    public async Task What_is_saved_and_listed_costs_no_more_with_many_long_versions()
    {
        var dagId = await _site.Admin.PublishQueryAsync("long history", "SELECT 1");
        await _site.Sql.ExecuteAsync($"INSERT INTO pipelines.dag_version (dag_id, version_number, hash, file_text, created_at) SELECT '{dagId}', n, repeat('0', 64), repeat('x', 1000000), now() FROM generate_series(2, 60) n");
        var before = GC.GetTotalAllocatedBytes();
        var shown = await _site.Admin.ReadAsync($"/workflow-definitions/by-definition-id/{dagId}?versionOptions=Latest");
        await _site.Admin.SaveAsync(shown.With("more", "SqlQuery", ("sql", "SELECT 2")));
        Assert.That(await VersionsAsync(dagId), Has.Count.EqualTo(10).And.Contain((61, true, false)));
        Assert.That((int?)(await _site.Admin.ReadAsync("/workflow-definitions/query/count"))["count"], Is.Positive);
        Assert.That(GC.GetTotalAllocatedBytes() - before, Is.LessThan(30_000_000), "bytes");
    }

    [TestCase("Latest", 2)]
    [TestCase("Draft", 2)]
    [TestCase("Published", 1)]
    [TestCase("LatestOrPublished", 1)]
    [TestCase("LatestAndPublished", null)]
    [TestCase("1", 1)]
    [TestCase("2", 2)]
    [TestCase("3", null)]
    public async Task A_version_is_found_by_studios_words_for_it(string options, int? version)
    {
        var dagId = await _site.Admin.PublishQueryAsync("words", "SELECT 1");
        await _site.Admin.SaveAsync((await _site.Admin.ReadAsync($"/workflow-definitions/by-definition-id/{dagId}")).With("more", "SqlQuery", ("sql", "SELECT 2")));
        var answer = await _site.Admin.GetAsync($"/elsa/api/workflow-definitions/by-definition-id/{dagId}?versionOptions={options}");
        Assert.That(answer.StatusCode, Is.EqualTo(version is null ? HttpStatusCode.NotFound : HttpStatusCode.OK));
        if (version is not null) Assert.That((int?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["version"], Is.EqualTo(version));
    }

    [Test]
    public async Task Nobody_reads_more_at_once_than_a_page_shows()
    {
        var ids = Enumerable.Range(1, 101).Select(id => $"{id}").ToList();
        var named = new JsonObject { ["ids"] = new JsonArray([.. ids.Select(id => (JsonNode)id)]) };
        var words = await StudioCalls.RefusalAsync(await _site.Admin.GetAsync($"/elsa/api/workflow-definitions/many-by-id?{string.Join('&', ids.Select(id => $"ids={id}"))}"), HttpStatusCode.BadRequest);
        Assert.That(words, Does.Contain("101 are chosen; at most 100"));
        await _site.Admin.RefusedAsync(HttpStatusCode.BadRequest, "/bulk-actions/export/workflow-definitions", named);
        await _site.Admin.RefusedAsync(HttpStatusCode.BadRequest, "/bulk-actions/export/workflow-instances", named);
        var beyond = await _site.Admin.ReadAsync("/workflow-definitions?versionOptions=Latest&Page=2147483647&PageSize=1000");
        Assert.That(beyond["items"]!.AsArray(), Is.Empty);
    }

    private async Task<List<(int?, bool?, bool?)>> VersionsAsync(string dagId)
    {
        var list = await _site.Admin.ReadAsync($"/workflow-definitions?versionOptions=AllVersions&Page=0&PageSize=10&DefinitionIds={dagId}&OrderBy=Version&OrderDirection=Descending");
        return [.. list["items"]!.AsArray().Select(item => ((int?)item!["version"], (bool?)item["isLatest"], (bool?)item["isPublished"]))];
    }
}
