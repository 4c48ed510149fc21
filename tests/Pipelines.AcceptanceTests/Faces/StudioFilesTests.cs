using System.Net;
using Pipelines.TestKit;

namespace Pipelines.AcceptanceTests.Faces;

/// <summary>How the designer's files and pages travel: small, kept by browsers, and no further than they may.</summary>
public sealed class StudioFilesTests
{
    // No cookie, no redirect followed, nothing unpacked: what is on the wire.
    private static readonly HttpClient Nobody = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    [Test]
    public async Task A_program_file_is_sent_compressed_and_kept_for_good()
    {
        var name = Path.GetFileName(Directory.GetFiles(Path.Combine(Product.Root, "src/Pipelines.Web/node_modules/@elsa-workflows/elsa-studio-wasm/_framework"), "icudt.*.dat").Single());
        using var answer = await AskAsync(HttpMethod.Get, $"_framework/{name}", "gzip, br");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(answer.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/octet-stream"));
        Assert.That(answer.Content.Headers.ContentEncoding, Is.EqualTo(new[] { "br" }));
        Assert.That(answer.Headers.Vary, Does.Contain("Accept-Encoding"));
        Assert.That(answer.Headers.CacheControl?.ToString(), Does.Contain("immutable"));
    }

    [Test]
    public async Task Another_file_is_asked_for_again_and_answered_with_nothing_when_it_is_the_same()
    {
        using var first = await AskAsync(HttpMethod.Get, "_framework/dotnet.js", "gzip");
        Assert.That(first.Headers.CacheControl?.NoCache, Is.True);
        using var second = await AskAsync(HttpMethod.Get, "_framework/dotnet.js", "gzip", first.Headers.ETag!.ToString());
        Assert.That(second.StatusCode, Is.EqualTo(HttpStatusCode.NotModified));
        using var plain = await AskAsync(HttpMethod.Get, "_framework/dotnet.js", "identity", first.Headers.ETag.ToString());
        Assert.That(plain.StatusCode, Is.EqualTo(HttpStatusCode.OK), "the tag of one form says nothing of another");
        Assert.That(plain.Content.Headers.ContentEncoding, Is.Empty);
    }

    [Test]
    public async Task The_head_of_a_file_has_its_length_and_no_body()
    {
        using var answer = await AskAsync(HttpMethod.Head, "_content/MudBlazor/MudBlazor.min.css", "identity");
        Assert.That(answer.Content.Headers.ContentLength, Is.GreaterThan(100_000));
        Assert.That(await answer.Content.ReadAsByteArrayAsync(), Is.Empty);
    }

    [TestCase("..%2f..%2fpackage.json")]
    [TestCase("%2e%2e/%2e%2e/package-lock.json")]
    [TestCase("_content/..%5c..%5cpackage.json")]
    [TestCase("%2fetc%2fpasswd")]
    public async Task No_path_leads_out_of_the_package(string path)
    {
        using var answer = await AskAsync(HttpMethod.Get, path, "identity");
        Assert.That(answer.StatusCode, Is.AnyOf(HttpStatusCode.NotFound, HttpStatusCode.Found), "not there, or another address that wants a login");
        Assert.That(await answer.Content.ReadAsStringAsync(), Is.Empty);
    }

    [TestCase("/studio/")]
    [TestCase("/studio/workflows/definitions/any/edit")]
    [TestCase("/studio/workflows/instances/1/view")]
    public async Task A_page_of_the_designer_needs_a_login(string path)
    {
        using var answer = await Nobody.GetAsync(new Uri(Site.Url + path));
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Found));
        Assert.That(answer.Headers.Location?.ToString(), Does.Contain("/login?ReturnUrl="));
    }

    [TestCase("/ui/studio/any")]
    [TestCase("/ui/studio/any/events")]
    public async Task What_the_bar_asks_needs_a_login(string path)
    {
        using var answer = await Nobody.GetAsync(new Uri(Site.Url + path));
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    private static async Task<HttpResponseMessage> AskAsync(HttpMethod method, string path, string encodings, string? tag = null)
    {
        using var request = new HttpRequestMessage(method, new Uri($"{Site.Url}/studio/{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        request.Headers.TryAddWithoutValidation("Accept-Encoding", encodings);
        if (tag is not null) request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        return await Nobody.SendAsync(request);
    }
}
