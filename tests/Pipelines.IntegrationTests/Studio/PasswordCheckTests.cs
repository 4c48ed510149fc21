using System.Net;
using System.Net.Http.Json;

namespace Pipelines.IntegrationTests.Studio;

/// <summary>Signing in, again and again.</summary>
public class PasswordCheckTests
{
    private const int MostWrong = 20;

    private StudioSite _site = null!;

    [SetUp]
    public async Task StartAsync() => _site = await StudioSite.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _site.DisposeAsync();

    [Test]
    public async Task Right_passwords_are_not_counted_and_wait_for_their_turn()
    {
        await Task.WhenAll(Enumerable.Range(0, 2 * MostWrong).Select(_ => _site.TokenAsync("admin")));
        await StudioCalls.RefusalAsync(await AskAsync("wrong"), HttpStatusCode.Unauthorized);
    }

    [Test]
    public async Task After_too_many_wrong_ones_an_address_must_wait_and_is_told_how_long()
    {
        var wrong = await Task.WhenAll(Enumerable.Range(0, MostWrong).Select(_ => AskAsync("wrong")));
        Assert.That(wrong.Select(answer => answer.StatusCode), Is.All.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await StudioCalls.RefusalAsync(wrong[0], HttpStatusCode.Unauthorized), Does.Contain("Try again, or ask an admin"));

        var right = await AskAsync(StudioSite.Password);
        Assert.That(await StudioCalls.RefusalAsync(right, HttpStatusCode.TooManyRequests), Does.Contain("Too many wrong passwords").And.Contain("Wait"));
        Assert.That(right.Headers.RetryAfter!.Delta, Is.InRange(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1)));

        var page = await StudioSite.FillLoginAsync(_site.NewClient(), "admin", StudioSite.Password);
        Assert.That((page.StatusCode, page.Content.Headers.ContentType?.MediaType, page.RequestMessage!.RequestUri!.AbsolutePath), Is.EqualTo((HttpStatusCode.TooManyRequests, "text/html", "/login")));
        Assert.That(await page.Content.ReadAsStringAsync(), Does.Contain("Too many wrong passwords").And.Contain("name=\"Input.Password\""));
        Assert.That(page.Headers.RetryAfter, Is.Not.Null);
        Assert.That((await _site.Admin.GetAsync("/elsa/api/features/installed")).StatusCode, Is.EqualTo(HttpStatusCode.OK), "who is signed in stays so");
    }

    [Test]
    public async Task More_than_can_wait_are_turned_away_at_once()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 120).Select(_ => AskAsync(StudioSite.Password)));

        var refused = answers.Where(answer => answer.StatusCode == HttpStatusCode.TooManyRequests).ToList();
        Assert.That(refused, Has.Count.GreaterThan(20));
        Assert.That(await StudioCalls.RefusalAsync(refused[0], HttpStatusCode.TooManyRequests), Does.Contain("at this moment"));
        Assert.That(answers.Except(refused).Select(answer => answer.StatusCode), Is.All.EqualTo(HttpStatusCode.Created));
    }

    private Task<HttpResponseMessage> AskAsync(string password) => _site.NewClient().PostAsJsonAsync("/auth/token", new { username = "admin", password });
}
