using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Pipelines.Engine.Operations;
using Pipelines.Model.Runs;

namespace Pipelines.IntegrationTests.Studio;

/// <summary>Who gets in, and who may do what.</summary>
public class AccessTests
{
    private static readonly Actor Actor = new("test", RunTriggeredBy.Cli);

    private StudioSite _site = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _site = await StudioSite.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _site.DisposeAsync();

    [TestCase("GET", "/elsa/api/workflow-definitions?versionOptions=Latest")]
    [TestCase("POST", "/elsa/api/workflow-definitions")]
    [TestCase("POST", "/elsa/hubs/workflow-instance/negotiate?negotiateVersion=1")]
    [TestCase("GET", "/ui/session")]
    public async Task Nobody_gets_in_without_signing_in(string method, string path)
    {
        var answer = await _site.NewClient().SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        Assert.That(await StudioCalls.RefusalAsync(answer, HttpStatusCode.Unauthorized), Does.Contain("Sign in"));
    }

    [TestCase("""{"username":"admin","password":"wrong"}""", HttpStatusCode.Unauthorized)]
    [TestCase("""{"username":"nobody","password":"wrong"}""", HttpStatusCode.Unauthorized)]
    [TestCase("""{"username":"admin"}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("not json", HttpStatusCode.UnprocessableEntity)]
    public async Task A_token_needs_a_name_and_its_password(string body, HttpStatusCode status)
    {
        var answer = await _site.NewClient().PostAsync("/auth/token", new StringContent(body, new MediaTypeHeaderValue("application/json")));
        await StudioCalls.RefusalAsync(answer, status);
    }

    [TestCase("Bearer nonsense")]
    [TestCase("Bearer eyJhbGciOiJub25lIn0.eyJodHRwOi8vc2NoZW1hcy54bWxzb2FwLm9yZy93cy8yMDA1LzA1L2lkZW50aXR5L2NsYWltcy9uYW1lIjoiYWRtaW4ifQ.")]
    public async Task A_token_of_somebody_elses_making_is_refused(string authorization)
    {
        var client = _site.NewClient();
        client.DefaultRequestHeaders.Add("Authorization", authorization);
        Assert.That(await StudioCalls.RefusalAsync(await client.GetAsync("/elsa/api/features/installed"), HttpStatusCode.Unauthorized), Does.Contain("token"));
    }

    [Test]
    public async Task A_token_is_good_only_while_its_user_has_the_same_rights()
    {
        var changed = await _site.NewPersonAsync("changed", "op");
        var deleted = await _site.NewPersonAsync("deleted", "viewer");
        Assert.That((await changed.GetAsync("/elsa/api/features/installed")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        await _site.Get<SetUserRole>().ExecuteAsync("changed", "viewer", false, Actor, CancellationToken.None);
        await _site.Get<DeleteUser>().ExecuteAsync("deleted", Actor, CancellationToken.None);
        foreach (var client in (HttpClient[])[changed, deleted])
            await StudioCalls.RefusalAsync(await client.GetAsync("/elsa/api/features/installed"), HttpStatusCode.Unauthorized);
    }

    [Test]
    public async Task A_new_password_or_a_new_user_of_the_name_ends_every_session_and_token_that_was_there()
    {
        var changed = new List<HttpClient> { await _site.NewPersonAsync("forgetful", "viewer"), await _site.BrowseAsync("forgetful") };
        var replaced = new List<HttpClient> { await _site.NewPersonAsync("twin", "viewer"), await _site.BrowseAsync("twin") };
        foreach (var client in changed.Concat(replaced)) Assert.That((await client.GetAsync("/elsa/api/features/installed")).StatusCode, Is.EqualTo(HttpStatusCode.OK));

        await _site.Get<SetUserPassword>().ExecuteAsync("forgetful", StudioSite.Password, Actor, CancellationToken.None);
        await _site.Get<DeleteUser>().ExecuteAsync("twin", Actor, CancellationToken.None);
        var again = await _site.NewPersonAsync("twin", "viewer");

        foreach (var client in changed.Concat(replaced)) await StudioCalls.RefusalAsync(await client.GetAsync("/elsa/api/features/installed"), HttpStatusCode.Unauthorized);
        foreach (var client in (HttpClient[])[again, await _site.SignInAsync("forgetful")])
            Assert.That((await client.GetAsync("/elsa/api/features/installed")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Looking_is_free_editing_and_running_are_two_permissions()
    {
        var dagId = await _site.Admin.PublishQueryAsync("roles", "SELECT 1");
        var viewer = await _site.NewPersonAsync("vera", "viewer");
        var author = await _site.NewPersonAsync("art", "viewer", isAuthor: true);
        var runner = await _site.NewPersonAsync("rune", "user");
        var shown = await viewer.ReadAsync($"/workflow-definitions/by-definition-id/{dagId}");
        Assert.That(shown["links"]!.AsArray(), Is.Empty, "Studio shows it read-only");
        Assert.That((await author.ReadAsync($"/workflow-definitions/by-definition-id/{dagId}"))["links"]!.AsArray(), Is.Not.Empty);

        var save = new JsonObject { ["model"] = shown.DeepClone() };
        foreach (var client in (HttpClient[])[viewer, runner])
            Assert.That(await client.RefusedAsync(HttpStatusCode.Forbidden, "/workflow-definitions", save), Does.Contain("role"));
        await author.SaveAsync(shown);
        foreach (var client in (HttpClient[])[viewer, author])
            await client.RefusedAsync(HttpStatusCode.Forbidden, $"/workflow-definitions/{dagId}/execute");
        await runner.ExecuteAsync(dagId);
        var test = new JsonObject { ["workflowDefinitionHandle"] = new JsonObject { ["definitionId"] = dagId }, ["activityHandle"] = new JsonObject { ["activityId"] = "query" } };
        foreach (var client in (HttpClient[])[viewer, author, runner]) await client.RefusedAsync(HttpStatusCode.Forbidden, "/tests/activities", test);
        Assert.That((await viewer.DeleteAsync($"/elsa/api/workflow-definitions/{dagId}")).StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task A_file_that_everybody_may_have_costs_no_look_at_who_asks()
    {
        var browser = await _site.BrowseAsync("admin");
        await using var connection = await _site.Sql.OpenAsync();
        await using var locked = await connection.BeginTransactionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "LOCK TABLE pipelines.app_user IN ACCESS EXCLUSIVE MODE";
        await command.ExecuteNonQueryAsync();

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        Assert.That((await browser.GetAsync("/studio/nothing.js", patience.Token)).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await browser.GetAsync("/health", patience.Token)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        var session = browser.GetAsync("/ui/session");
        Assert.That(session.IsCompleted, Is.False, "anything else asks the table that is locked");
        await locked.RollbackAsync();
        Assert.That((await session).StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
    }
}
