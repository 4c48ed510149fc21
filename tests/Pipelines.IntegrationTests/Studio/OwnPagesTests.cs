using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;

namespace Pipelines.IntegrationTests.Studio;

/// <summary>A browser adds its cookie to every request, also to those that another site's page makes it send.</summary>
public class OwnPagesTests
{
    private StudioSite _site = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _site = await StudioSite.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _site.DisposeAsync();

    [TestCase("Sec-Fetch-Site", "cross-site", false)]
    [TestCase("Sec-Fetch-Site", "same-site", false)]
    [TestCase("Sec-Fetch-Site", "same-origin", true)]
    [TestCase("Origin", "https://evil.example", false)]
    [TestCase("Origin", "null", false)]
    [TestCase("Origin", "own", true)]
    [TestCase("X-Nothing", "", false)]
    public async Task A_sessions_cookie_writes_only_for_our_own_pages(string header, string value, bool allowed)
    {
        var browser = await _site.BrowseAsync("admin");
        Assert.That((await browser.GetAsync("/elsa/api/features/installed")).StatusCode, Is.EqualTo(HttpStatusCode.OK), "reading is no act");
        browser.DefaultRequestHeaders.Add(header, value == "own" ? _site.Url : value);
        var answer = await browser.PostAsJsonAsync("/elsa/api/workflow-instances", new { });
        if (allowed) Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        else Assert.That(await StudioCalls.RefusalAsync(answer, HttpStatusCode.Forbidden), Does.Contain("did not come from a page of this host"));
    }

    [Test]
    public async Task A_program_with_a_token_needs_no_page()
    {
        _site.Admin.DefaultRequestHeaders.Add("Origin", "https://evil.example");
        await _site.Admin.AskAsync("/workflow-instances");
        _site.Admin.DefaultRequestHeaders.Remove("Origin");
    }

    [TestCase("https://evil.example", HttpStatusCode.Forbidden)]
    [TestCase(null, HttpStatusCode.SwitchingProtocols)]
    public async Task A_live_connection_is_only_for_our_own_pages(string? origin, HttpStatusCode status)
    {
        var cookies = new CookieContainer();
        await _site.BrowseAsync("admin", cookies);
        foreach (var path in (string[])["/elsa/hubs/workflow-instance", "/_blazor"])
        {
            using var socket = new ClientWebSocket();
            (socket.Options.Cookies, socket.Options.CollectHttpResponseDetails) = (cookies, true);
            socket.Options.SetRequestHeader("Origin", origin ?? _site.Url);
            var connecting = socket.ConnectAsync(new Uri($"ws{_site.Url["http".Length..]}{path}"), CancellationToken.None);
            if (status == HttpStatusCode.Forbidden) await Assert.ThrowsAsync<WebSocketException>(() => connecting);
            else await connecting;
            Assert.That(socket.HttpStatusCode, Is.EqualTo(status), path);
        }
    }
}
