using System.Net;
using System.Net.Http.Json;
using Pipelines.IntegrationTests.Studio;

namespace Pipelines.IntegrationTests.Web;

/// <summary>What a host believes of the proxy before it.</summary>
public class TrustedProxyTests
{
    private const int MostWrong = 20;

    [Test]
    public async Task Behind_a_trusted_proxy_that_ends_TLS_cookies_are_secure_and_the_browser_is_told_to_stay_there()
    {
        await using var site = await StudioSite.StartAsync(trusted: new IPNetwork(IPAddress.Loopback, 32));
        var answer = await AskAsync(site, "203.0.113.7", "https");

        Assert.That(string.Join(' ', answer.Headers.GetValues("Strict-Transport-Security")), Does.StartWith("max-age="));
        Assert.That(answer.Headers.GetValues("Set-Cookie"), Is.All.Contains("; secure"));
    }

    [Test]
    public async Task Nobody_is_believed_who_was_not_named()
    {
        await using var site = await StudioSite.StartAsync(trusted: IPNetwork.Parse("10.0.0.0/8"));
        var answer = await AskAsync(site, "203.0.113.7", "https");

        Assert.That(answer.Headers.Contains("Strict-Transport-Security"), Is.False);
        Assert.That(answer.Headers.GetValues("Set-Cookie"), Is.All.Not.Contains("; secure"));
        await Task.WhenAll(Enumerable.Range(0, MostWrong).Select(number => GuessAsync(site, $"203.0.113.{number}")));
        Assert.That((await GuessAsync(site, "203.0.113.200")).StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests), "an address that somebody made up is no other address");
    }

    [Test]
    public async Task Behind_a_trusted_proxy_only_the_address_that_guessed_must_wait()
    {
        await using var site = await StudioSite.StartAsync(trusted: new IPNetwork(IPAddress.Loopback, 32));
        await Task.WhenAll(Enumerable.Range(0, MostWrong).Select(_ => GuessAsync(site, "203.0.113.7")));

        Assert.That((await GuessAsync(site, "203.0.113.7")).StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That((await GuessAsync(site, "203.0.113.8")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await GuessAsync(site, "203.0.113.9, 203.0.113.7")).StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests), "what a client wrote before the proxy did is not believed");
    }

    private static async Task<HttpResponseMessage> AskAsync(StudioSite site, string address, string scheme)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/login");
        request.Headers.Add("X-Forwarded-For", address);
        request.Headers.Add("X-Forwarded-Proto", scheme);
        return await site.NewClient().SendAsync(request);
    }

    private static async Task<HttpResponseMessage> GuessAsync(StudioSite site, string address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/auth/token") { Content = JsonContent.Create(new { username = "admin", password = "wrong" }) };
        request.Headers.Add("X-Forwarded-For", address);
        return await site.NewClient().SendAsync(request);
    }
}
