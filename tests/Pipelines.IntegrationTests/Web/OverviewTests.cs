using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Pipelines.Api.Live;
using Pipelines.Engine.Operations;
using Pipelines.IntegrationTests.Scheduling;
using Pipelines.Model.Runs;
using Pipelines.Web.Components;
using Pipelines.Web.Live;

namespace Pipelines.IntegrationTests.Web;

/// <summary>The start page's numbers are those of the lists that they lead to.</summary>
public sealed class OverviewTests
{
    private static readonly (string, JsonNode)[] Daily =
        [("schedule", "0 0 * * *"), ("timetable", "cron_data_interval"), ("endDate", "2025-11-30"), ("startDate", "2025-11-01")];

    [Test]
    public async Task The_number_of_failed_runs_is_that_of_the_list_it_leads_to()
    {
        await using var bench = await EngineBench.CreateAsync();
        await bench.AddDagAsync("d", "a>b", Daily);
        await bench.RunTaskAsync(await bench.TriggerAsync("d"), "a", TaskState.Failed);
        // Its runs fail by somebody's will, and nobody is asked to look at them.
        var range = new BackfillRange(bench.Now.AddDays(-50), bench.Now.AddDays(-48));
        var backfill = await bench.Get<CreateBackfill>().ExecuteAsync(new BackfillRequest("d", range) { StartAt = bench.Now.AddDays(1) }, EngineBench.Actor, CancellationToken.None);
        await bench.Get<CancelBackfill>().ExecuteAsync(backfill.Id, EngineBench.Actor, CancellationToken.None);
        using var feed = new LiveFeed(bench.Database, bench.Time, NullLogger<LiveFeed>.Instance);
        using var reads = new SharedReads(bench.Database, feed, bench.Time);

        var overview = await Overview.ReadAsync(reads, bench.Time, CancellationToken.None);

        var failed = overview.Counts.Single(count => count.State == "failed");
        Assert.That((failed.Value, overview.Failed.Count), Is.EqualTo((1, 1)));
        Assert.That(failed.Link, Is.EqualTo("/#failed-runs"));
    }
}
