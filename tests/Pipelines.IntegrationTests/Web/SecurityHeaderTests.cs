using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Pipelines.IntegrationTests.Studio;

namespace Pipelines.IntegrationTests.Web;

/// <summary>What every answer tells the browser, whichever route it comes from.</summary>
public partial class SecurityHeaderTests
{
    private StudioSite _site = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _site = await StudioSite.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _site.DisposeAsync();

    [Test]
    public async Task Every_route_forbids_what_no_page_of_ours_needs_to_strangers_and_to_people()
    {
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        using var stranger = new HttpClient(handler) { BaseAddress = new Uri(_site.Url) };
        var person = await _site.BrowseAsync("admin");
        foreach (var path in Paths())
        {
            foreach (var client in new[] { stranger, person })
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, path);
                using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
                var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
                Check(answer, path);
            }
        }
    }

    [Test]
    public async Task A_page_carries_its_own_nonce_for_its_one_inline_script()
    {
        var person = await _site.BrowseAsync("admin");
        var (first, second) = (await person.GetAsync("/dags"), await person.GetAsync("/dags"));
        var nonce = Nonce().Match(string.Join(' ', first.Headers.GetValues("Content-Security-Policy"))).Groups[1].Value;

        var html = await first.Content.ReadAsStringAsync();
        Assert.That(InlineScript().Matches(html).Select(script => WebUtility.HtmlDecode(script.Groups[1].Value)), Is.All.Contains($"nonce=\"{nonce}\"").And.Not.Empty);
        Assert.That(string.Join(' ', second.Headers.GetValues("Content-Security-Policy")), Does.Not.Contain(nonce), "another answer, another nonce");
    }

    private static void Check(HttpResponseMessage answer, string path)
    {
        string Header(string name) => answer.Headers.TryGetValues(name, out var values) ? string.Join(' ', values) : "";
        Assert.Multiple(() =>
        {
            Assert.That(Header("X-Content-Type-Options"), Is.EqualTo("nosniff"), path);
            Assert.That(Header("X-Frame-Options"), Is.EqualTo("DENY"), path);
            Assert.That(Header("Referrer-Policy"), Is.EqualTo("same-origin"), path);
            Assert.That(Header("Content-Security-Policy"), Does.Contain("frame-ancestors 'none'").And.Contain("object-src 'none'").And.Contain("script-src 'self'").And.Not.Contain("unsafe-eval'; "), path);
            Assert.That(ScriptSource().Match(Header("Content-Security-Policy")).Value, Does.Not.Contain("unsafe-inline"), path);
            Assert.That(Header("Strict-Transport-Security"), Is.Empty, "not behind TLS");
        });
    }

    private IEnumerable<string> Paths() => _site.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .Where(route => route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods is not { Count: > 0 } methods || methods.Contains("GET"))
        // Live connections answer nothing to a GET of somebody who does not upgrade.
        .Select(route => Parameter().Replace($"/{route.RoutePattern.RawText!.Trim('/')}", "1"))
        .Concat(["/nowhere", "/studio/nowhere.js", "/hangfire/jobs/enqueued"]).Distinct();

    [GeneratedRegex("{[^}]+}")]
    private static partial Regex Parameter();

    [GeneratedRegex("'nonce-([^']+)'")]
    private static partial Regex Nonce();

    [GeneratedRegex("<script(?![^>]*src=)([^>]*)>")]
    private static partial Regex InlineScript();

    [GeneratedRegex("script-src[^;]*")]
    private static partial Regex ScriptSource();
}
