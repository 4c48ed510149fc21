using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pipelines.AcceptanceTests.Faces;

/// <summary>The routes behind grid and graph, as a script of the page asks them.</summary>
[Category("Browser")]
public sealed partial class GridRouteTests
{
    private const string DagId = "routes_daily";
    private const string Grid = $"/ui/dags/{DagId}/grid";
    private HttpClient _http = null!;

    [OneTimeSetUp]
    public async Task PrepareAsync()
    {
        DagFile.ByHand(DagId).Add("count", "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT 1")).Write(Site.Workflows);
        await Site.DagAsync(DagId);
        await Site.RunAsync("dags", "unpause", DagId);
        await Site.RunAsync("dags", "trigger", DagId, "--run-id", "one");
        await Site.RunAsync("runs", "wait", DagId, "one");
        _http = NewClient();
        var form = await _http.GetStringAsync("/login");
        var fields = HiddenField().Matches(form).ToDictionary(match => match.Groups["name"].Value, match => match.Groups["value"].Value);
        (fields["Input.Username"], fields["Input.Password"]) = ("admin", Site.Password);
        using var content = new FormUrlEncodedContent(fields);
        using var answer = await _http.PostAsync("/login", content);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Redirect));
    }

    [OneTimeTearDown]
    public void Close() => _http.Dispose();

    [Test]
    public async Task The_grid_is_json_with_an_etag_and_a_second_answer_is_empty()
    {
        using var first = await _http.GetAsync(Grid);
        using var json = JsonDocument.Parse(await first.Content.ReadAsByteArrayAsync());
        Assert.That(json.RootElement.GetProperty("runs").GetProperty("run_id")[0].GetString(), Is.EqualTo("one"));

        using var request = new HttpRequestMessage(HttpMethod.Get, Grid);
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await _http.SendAsync(request);

        Assert.That(second.StatusCode, Is.EqualTo(HttpStatusCode.NotModified));
        Assert.That(await second.Content.ReadAsByteArrayAsync(), Is.Empty);
    }

    [Test]
    public async Task The_grid_is_compressed_for_who_can_read_that()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Grid);
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("br"));

        using var answer = await _http.SendAsync(request);

        Assert.That(answer.Content.Headers.ContentEncoding, Is.EqualTo(new[] { "br" }));
    }

    [TestCase("/ui/dags/unknown/grid", HttpStatusCode.NotFound, "There is no DAG 'unknown'.")]
    [TestCase("/ui/dags/unknown/events", HttpStatusCode.NotFound, "There is no DAG 'unknown'.")]
    [TestCase($"{Grid}?runs=0", HttpStatusCode.BadRequest, "'runs' is '0'; it must be a number from 1 to 1000.")]
    [TestCase($"{Grid}?runs=1e9", HttpStatusCode.BadRequest, "'runs' is '1e9'")]
    [TestCase($"{Grid}?before=x", HttpStatusCode.BadRequest, "'before' is 'x'")]
    [TestCase($"{Grid}?state=sad", HttpStatusCode.BadRequest, "'state' is 'sad'; it must be one of queued, running, success, failed.")]
    [TestCase($"{Grid}?type=sad", HttpStatusCode.BadRequest, "'type' is 'sad'; it must be one of scheduled, manual, backfill, asset_triggered, asset_materialization.")]
    public async Task What_cannot_be_answered_is_said_in_words(string path, HttpStatusCode status, string words)
    {
        using var answer = await _http.GetAsync(path);

        Assert.That(answer.StatusCode, Is.EqualTo(status));
        using var json = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync());
        Assert.That(json.RootElement.GetProperty("detail").GetString(), Does.Contain(words));
    }

    [TestCase(Grid)]
    [TestCase($"/ui/dags/{DagId}/events")]
    public async Task A_stranger_gets_401_and_no_login_page(string path)
    {
        using var stranger = NewClient();
        using var answer = await stranger.GetAsync(path);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task A_run_that_changes_comes_as_an_event_with_its_tasks()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var answer = await _http.GetAsync($"/ui/dags/{DagId}/events", HttpCompletionOption.ResponseHeadersRead, patience.Token);
        Assert.That(answer.Content.Headers.ContentType!.MediaType, Is.EqualTo("text/event-stream"));
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(patience.Token));
        var triggered = Site.RunAsync("dags", "trigger", DagId, "--run-id", "two");

        string? line;
        do line = await reader.ReadLineAsync(patience.Token);
        while (line is not null && !line.Contains("\"two\"", StringComparison.Ordinal));

        Assert.That(line, Does.StartWith("data: {\"tasks\":").And.Contain("\"cells\":"));
        await triggered;
        await Site.RunAsync("runs", "wait", DagId, "two");
    }

    private static HttpClient NewClient() => new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(Site.Url) };

    [GeneratedRegex("<input type=\"hidden\" name=\"(?<name>[^\"]+)\" value=\"(?<value>[^\"]+)\"")]
    private static partial Regex HiddenField();
}
