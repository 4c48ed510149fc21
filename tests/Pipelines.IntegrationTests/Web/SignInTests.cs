using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Pipelines.Api.Access;
using Pipelines.Engine.Operations;
using Pipelines.IntegrationTests.Storage;
using Pipelines.IntegrationTests.Studio;
using Pipelines.Model.Runs;

namespace Pipelines.IntegrationTests.Web;

/// <summary>The way in: what a person, a program and the log hear of it.</summary>
public class SignInTests
{
    private const int MostWrong = 20;

    [Test]
    public async Task A_login_page_that_was_open_too_long_comes_again_with_a_word_and_leads_where_it_would_have()
    {
        await using var site = await StudioSite.StartAsync();
        var stale = new Dictionary<string, string> { ["_handler"] = "login", ["Input.Username"] = "admin", ["Input.Password"] = StudioSite.Password, ["__RequestVerificationToken"] = "of another day" };

        var answer = await site.NewClient().PostAsync("/login?ReturnUrl=%2Fusers", new FormUrlEncodedContent(stale));

        var page = await answer.Content.ReadAsStringAsync();
        Assert.Multiple(() =>
        {
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(answer.RequestMessage!.RequestUri!.PathAndQuery, Is.EqualTo("/login?stale=true&ReturnUrl=%2Fusers"));
            Assert.That(page, Does.Contain("This page was open too long").And.Contain("name=\"Input.Password\""));
        });
    }

    [Test]
    public async Task Head_of_the_login_page_answers_as_get_does()
    {
        await using var site = await StudioSite.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Head, "/login");
        var answer = await site.NewClient().SendAsync(request);
        Assert.That((answer.StatusCode, answer.RequestMessage!.RequestUri!.PathAndQuery, answer.Content.Headers.ContentType?.MediaType), Is.EqualTo((HttpStatusCode.OK, "/login", "text/html")));
        Assert.That(await answer.Content.ReadAsByteArrayAsync(), Is.Empty);
    }

    [TestCase("/api/v2/version", "\"version\":")]
    [TestCase("/api/v2/monitor/health", "\"metadatabase\":{\"status\":\"healthy\"}")]
    public async Task Version_and_health_need_no_login_as_in_Airflow(string path, string expected)
    {
        await using var site = await StudioSite.StartAsync();
        Assert.That(await site.NewClient().GetStringAsync(path), Does.Contain(expected));
    }

    [Test]
    public async Task While_the_database_is_away_everybody_is_told_to_come_again()
    {
        await using var site = await StudioSite.StartBehindProxyAsync();
        var (person, stranger) = (await site.BrowseAsync("admin"), site.NewClient());
        await site.LoseDatabaseAsync();

        foreach (var answer in new[]
        {
            await stranger.PostAsJsonAsync("/auth/token", new { username = "admin", password = StudioSite.Password }),
            await person.GetAsync("/ui/session"),
            await site.Admin.GetAsync("/elsa/api/features/installed"),
        })
        {
            Assert.That(await StudioCalls.RefusalAsync(answer, HttpStatusCode.ServiceUnavailable), Does.Contain("database cannot be used at this moment").And.Contain("Wait 5 s, then try again").And.Not.Contain("127.0.0.1"));
            Assert.That(answer.Headers.RetryAfter!.Delta, Is.EqualTo(TimeSpan.FromSeconds(5)));
        }
        var login = await StudioSite.FillLoginAsync(stranger, "admin", StudioSite.Password);
        Assert.That((login.StatusCode, login.Content.Headers.ContentType?.MediaType, login.Headers.RetryAfter?.Delta), Is.EqualTo((HttpStatusCode.ServiceUnavailable, "text/html", (TimeSpan?)TimeSpan.FromSeconds(5))));
        Assert.That(await login.Content.ReadAsStringAsync(), Does.Contain("database cannot be used at this moment").And.Contain("name=\"Input.Password\""));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Accept.ParseAdd("text/html");
        var page = await person.SendAsync(request);
        Assert.That((page.StatusCode, await page.Content.ReadAsStringAsync()), Is.EqualTo((HttpStatusCode.ServiceUnavailable, "The metadata database cannot be used at this moment, and the host's log says why. Wait 5 s, then try again.")));
    }

    [Test]
    public async Task The_log_has_every_sign_in_with_name_and_address_and_without_the_password()
    {
        await using var migrated = await Migrated.CreateAsync();
        var log = new Lines();
        using var check = new PasswordCheck(migrated.Database, log, TimeProvider.System);
        await new CreateUser(migrated.Database, TimeProvider.System).ExecuteAsync("ada", StudioSite.Password, "viewer", false, new Actor("test", RunTriggeredBy.Cli), CancellationToken.None);

        await AskAsync(check, "ada", StudioSite.Password);
        for (var wrong = 0; wrong < MostWrong; wrong++) await AskAsync(check, wrong == 0 ? $"eve\r\n2026-01-01 info: ada signed in\u2028{new string('x', 500)}" : "ada", "guess");
        await AskAsync(check, "ada", StudioSite.Password);

        Assert.Multiple(() =>
        {
            Assert.That(log.Written, Has.Count.EqualTo(MostWrong + 2));
            Assert.That(log.Written[0], Is.EqualTo((LogLevel.Information, "'ada' signed in from 203.0.113.7 by /auth/token")));
            Assert.That(log.Written[1].Level, Is.EqualTo(LogLevel.Warning));
            Assert.That(log.Written[1].Text, Does.StartWith(@"'eve\u000d\u000a2026-01-01 info: ada signed in\u2028xxx").And.Contain("x…' was refused from 203.0.113.7 by /auth/token: User name or password is wrong"));
            Assert.That(log.Written[^1].Level, Is.EqualTo(LogLevel.Warning));
            Assert.That(log.Written[^1].Text, Does.StartWith("'ada' was refused from 203.0.113.7 by /auth/token: Too many wrong passwords"));
            Assert.That(log.Written.Select(line => line.Text), Has.None.Contains("guess").And.None.Contains(StudioSite.Password));
            Assert.That(log.Written.Select(line => line.Text.Length), Is.All.LessThan(400));
        });
        for (var more = 0; more < 200; more++) await AskAsync(check, "ada", "guess");
        Assert.That(log.Written, Has.Count.LessThan(2 * MostWrong), "the rest is only counted");
    }

    private static Task<PasswordAnswer> AskAsync(PasswordCheck check, string username, string password)
    {
        var http = new DefaultHttpContext();
        http.Connection.RemoteIpAddress = IPAddress.Parse("203.0.113.7");
        http.Request.Path = "/auth/token";
        return check.AskAsync(http, username, password);
    }

    private sealed class Lines : ILogger<PasswordCheck>
    {
        public List<(LogLevel Level, string Text)> Written { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Written.Add((logLevel, formatter(state, exception)));
    }
}
