using System.Net;
using System.Text;

namespace Pipelines.IntegrationTests.Studio;

/// <summary>What PostgreSQL cannot hold is refused in words, wherever a person gives it.</summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]
public sealed class UnstorableTextTests
{
    private StudioSite _site = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _site = await StudioSite.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _site.DisposeAsync();

    [TestCase("/elsa/api/workflow-instances", """{"searchTerm":"a\u0000b"}""", "'searchTerm'")]
    [TestCase("/elsa/api/workflow-instances", """{"definitionIds":["\u0000"]}""", "'definitionIds'")]
    [TestCase("/elsa/api/workflow-definitions/steps/execute", """{"input":{"a":"\ud800"}}""", "'a'")]
    [TestCase("/elsa/api/workflow-definitions", """{"model":{"name":"\ud800"}}""", "'name'")]
    [TestCase("/elsa/api/workflow-definitions", """{"model":{"name":"\u0000"}}""", "'name'")]
    public async Task A_body(string path, string json, string place)
    {
        var answer = await _site.Admin.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));

        Assert.That(await StudioCalls.RefusalAsync(answer, HttpStatusCode.BadRequest), Does.Contain(place).And.Contain("PostgreSQL cannot store").And.Contain("Take it out"));
    }

    [Test]
    public async Task An_address() => Assert.That(
        await StudioCalls.RefusalAsync(await _site.Admin.GetAsync("/elsa/api/workflow-definitions?versionOptions=AllVersions&definitionIds=a%00b"), HttpStatusCode.BadRequest),
        Does.StartWith("The text 'a\uFFFDb' holds NUL").And.Contain("Take it out"));

    [Test]
    public async Task A_number_in_an_address_that_is_none() => Assert.That(
        await StudioCalls.RefusalAsync(await _site.Admin.GetAsync("/elsa/api/workflow-definitions?page=first"), HttpStatusCode.BadRequest), Does.Contain("page").And.Contain("first").And.Contain("Correct it"));

    [Test]
    public async Task A_page() =>
        Assert.That(await (await _site.BrowseAsync("admin")).GetStringAsync("/connections?edit=a%00b"), Does.Contain("The text &#x27;a&#xFFFD;b&#x27; holds NUL").And.Contain("Take it out"));
}
