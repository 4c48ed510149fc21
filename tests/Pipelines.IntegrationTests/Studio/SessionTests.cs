using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Pipelines.Api.Access;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Web.Security;

namespace Pipelines.IntegrationTests.Studio;

/// <summary>An open page's session.</summary>
public class SessionTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private StudioSite _site = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _site = await StudioSite.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _site.DisposeAsync();

    [Test]
    public async Task An_open_page_ends_with_the_session_of_its_cookie()
    {
        var person = await ArriveAsync(Start.AddHours(12));
        var time = new FakeTimeProvider(Start.AddHours(12).AddSeconds(-1));
        using var page = new OpenPage(_site.Database, time);

        Assert.That(await page.IsGoodAsync(person), Is.True);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await page.IsGoodAsync(person), Is.False);
    }

    [Test]
    public async Task An_open_page_ends_with_its_user()
    {
        var person = await ArriveAsync(Start.AddHours(12));
        using var page = new OpenPage(_site.Database, new FakeTimeProvider(Start));
        ((ClaimsIdentity)person.Identity!).AddClaim(new Claim(ClaimTypes.Role, "op"));

        Assert.That(await page.IsGoodAsync(person), Is.False);
    }

    /// <summary>The admin as a request with a cookie brings them in.</summary>
    private async Task<ClaimsPrincipal> ArriveAsync(DateTimeOffset expires)
    {
        var admin = (await _site.Database.InTransactionAsync(tx => UserTable.FindAsync(tx, "admin")))!;
        var person = new ClaimsPrincipal(new ClaimsIdentity(Credentials.Claims(admin), CookieAuthenticationDefaults.AuthenticationScheme));
        var ticket = new AuthenticationTicket(person, new AuthenticationProperties { ExpiresUtc = expires }, CookieAuthenticationDefaults.AuthenticationScheme);
        var cookie = _site.Get<IOptionsMonitor<CookieAuthenticationOptions>>().Get(CookieAuthenticationDefaults.AuthenticationScheme);
        var scheme = new AuthenticationScheme(CookieAuthenticationDefaults.AuthenticationScheme, null, typeof(CookieAuthenticationHandler));
        var arriving = new CookieValidatePrincipalContext(new DefaultHttpContext { RequestServices = _site.Get<IServiceProvider>() }, scheme, cookie, ticket);
        await cookie.Events.ValidatePrincipal(arriving);
        return arriving.Principal!;
    }

    /// <summary>Asks when the test wants, not each half minute.</summary>
    private sealed class OpenPage(Database database, TimeProvider time) : SessionCheck(NullLoggerFactory.Instance, database, time)
    {
        public Task<bool> IsGoodAsync(ClaimsPrincipal person) => ValidateAuthenticationStateAsync(new AuthenticationState(person), CancellationToken.None);
    }
}
