using System.Net;
using Pipelines.Engine;
using Pipelines.IntegrationTests.Studio;

namespace Pipelines.IntegrationTests.Web;

/// <summary>What a load balancer or Kubernetes hears.</summary>
public class HealthTests
{
    [Test]
    public async Task A_host_with_every_role_lives_and_is_ready()
    {
        await using var site = await StudioSite.StartAsync();
        using var stranger = new HttpClient { BaseAddress = new Uri(site.Url) };
        foreach (var path in new[] { "/health", "/health/live", "/health/ready" }) Assert.That(await stranger.GetStringAsync(path), Is.EqualTo("ok"), path);
        Assert.That(site.Get<Pulse>().Late(), Is.Empty);
    }

    [Test]
    public async Task A_host_stays_ready_while_an_upgrade_has_brought_the_schema_further()
    {
        await using var site = await StudioSite.StartAsync();
        await site.Sql.ExecuteAsync("INSERT INTO pipelines.schema_migration (version, name, checksum) VALUES (9000, 'from_the_future', '')");
        using var stranger = new HttpClient { BaseAddress = new Uri(site.Url) };
        Assert.That(await stranger.GetStringAsync("/health/ready"), Is.EqualTo("ok"));
    }

    [TestCase("DELETE FROM pipelines.schema_migration WHERE version = (SELECT max(version) FROM pipelines.schema_migration)", TestName = "A host is not ready on an older schema")]
    [TestCase("DROP TABLE pipelines.schema_migration", TestName = "A host is not ready without a schema")]
    public async Task Another_schema(string change)
    {
        await using var site = await StudioSite.StartAsync();
        await site.Sql.ExecuteAsync(change);
        using var stranger = new HttpClient { BaseAddress = new Uri(site.Url) };
        var ready = await stranger.GetAsync("/health/ready");
        var live = await stranger.GetAsync("/health/live");
        Assert.Multiple(() =>
        {
            Assert.That(ready.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
            Assert.That(ready.Content.ReadAsStringAsync().Result, Is.EqualTo("not ok"));
            Assert.That(live.StatusCode, Is.EqualTo(HttpStatusCode.OK), "a restart would not cure it");
        });
    }
}
