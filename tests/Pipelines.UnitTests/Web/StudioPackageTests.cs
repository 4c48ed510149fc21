using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Pipelines.Web.Studio;

namespace Pipelines.UnitTests.Web;

/// <summary>The designer's files: only those of the package, compressed as it brings them, kept by browsers as long as they may.</summary>
public sealed class StudioPackageTests
{
    private static readonly StudioPackage Package = StudioPackage.Find();

    [Test]
    public void The_package_is_the_version_that_the_lock_names() => Assert.That(Package.Version, Is.EqualTo("3.8.2"));

    [TestCase("_framework/blazor.webassembly.js", "text/javascript")]
    [TestCase("_content/MudBlazor/MudBlazor.min.css", "text/css")]
    [TestCase("_content/Elsa.Studio.Shell/site.webmanifest", "application/manifest+json")]
    [TestCase("appsettings.json", "application/json")]
    public void A_file_has_its_type(string name, string contentType) => Assert.That(Package.FindFile(name)?.ContentType, Is.EqualTo(contentType));

    [TestCase("../package.json")]
    [TestCase("_framework/../../../package.json")]
    [TestCase("/etc/passwd")]
    [TestCase("_framework")]
    [TestCase("")]
    [TestCase("_framework/blazor.webassembly.js.br")]
    public void Nothing_else_is_a_file(string name) => Assert.That(Package.FindFile(name), Is.Null);

    [TestCase("_framework/icudt.oh1zvcfom8.dat", true)]
    [TestCase("_framework/de/MudBlazor.Translations.resources.xeodso3e0r.wasm", true)]
    [TestCase("_framework/dotnet.js", false)]
    [TestCase("_framework/blazor.webassembly.js", false)]
    [TestCase("_content/MudBlazor/MudBlazor.min.js", false)]
    public void Only_what_has_its_fingerprint_in_its_name_is_never_asked_for_again(string name, bool isImmutable) =>
        Assert.That(new StudioFile(name, name, "text/plain").IsImmutable, Is.EqualTo(isImmutable));

    [TestCase("gzip, deflate, br, zstd", ".br", "br")]
    [TestCase("gzip, deflate", ".gz", "gzip")]
    [TestCase("br;q=0, gzip;q=0.5", ".gz", "gzip")]
    [TestCase("identity", "", "")]
    [TestCase("", "", "")]
    public void A_browser_gets_the_smallest_form_that_it_takes(string accepted, string suffix, string encoding)
    {
        var http = new DefaultHttpContext();
        http.Request.Headers.AcceptEncoding = accepted;
        var answer = (PhysicalFileHttpResult)new StudioFile("a.js", "/a.js", "text/javascript") { HasBrotli = true, HasGzip = true }.Answer(http, "1.0");
        Assert.That(answer.FileName, Is.EqualTo($"/a.js{suffix}"));
        Assert.That(answer.ContentType, Is.EqualTo("text/javascript"));
        Assert.That(answer.EntityTag!.ToString(), Is.EqualTo($"\"1.0-{(encoding.Length > 0 ? encoding : "plain")}\""));
        Assert.That(http.Response.Headers.ContentEncoding.ToString(), Is.EqualTo(encoding));
        Assert.That(http.Response.Headers.Vary.ToString(), Is.EqualTo("Accept-Encoding"));
    }
}
