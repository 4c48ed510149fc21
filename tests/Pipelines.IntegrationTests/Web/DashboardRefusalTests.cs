using System.Net;
using Pipelines.IntegrationTests.Studio;

namespace Pipelines.IntegrationTests.Web;

/// <summary>What Hangfire's dashboard breaks at is said in words.</summary>
public class DashboardRefusalTests
{
    [TestCase("/hangfire/jobs/details/abc", HttpStatusCode.NotFound, "There is no such job: jobs have numbers.")]
    [TestCase("/hangfire/jobs/details/99999999999999999999999", HttpStatusCode.NotFound, "There is no such job: jobs have numbers.")]
    [TestCase("/hangfire/stats", HttpStatusCode.BadRequest, "own pages call this address, with a form.")]
    public async Task An_address_that_is_none(string path, HttpStatusCode status, string words)
    {
        await using var site = await StudioSite.StartAsync();
        var answer = await (await site.BrowseAsync("admin")).GetAsync(path);
        Assert.That(answer.StatusCode, Is.EqualTo(status));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain(words));
    }
}
