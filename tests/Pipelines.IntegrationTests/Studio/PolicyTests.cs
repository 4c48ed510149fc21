using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;

namespace Pipelines.IntegrationTests.Studio;

/// <summary>What the routes themselves say of who may use them, so that none is forgotten.</summary>
public partial class PolicyTests
{
    // Questions that are too long for an address.
    private static readonly string[] Reads =
    [
        "POST /elsa/api/workflow-instances", "POST /elsa/api/workflow-instances/{id}/journal", "POST /elsa/api/activity-executions/report",
        "POST /elsa/api/bulk-actions/export/workflow-instances", "POST /elsa/api/bulk-actions/export/workflow-definitions",
        "POST /elsa/api/descriptors/activities/{typeName}/options/{inputName}", "POST /elsa/api/scripting/javascript/type-definitions/{definitionId}",
    ];

    private static readonly string[] Public = ["/health", "/health/live", "/health/ready", "/metrics", "/api/v2/monitor/health", "/api/v2/version", "/login", "/auth/token", "/studio/{**name}"];

    private StudioSite _site = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _site = await StudioSite.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _site.DisposeAsync();

    [Test]
    public void Every_route_that_writes_names_a_permission_or_is_known_to_read()
    {
        var free = Writes().Where(route => !route.Endpoint.Metadata.OfType<IAuthorizeData>().Any(asked => asked.Policy is not null)).Select(route => $"{route.Method} {PathOf(route.Endpoint)}");

        Assert.That(free, Is.EquivalentTo(Reads));
    }

    [Test]
    public void Only_the_way_in_and_static_files_answer_without_a_login()
    {
        var open = Routes().Where(endpoint => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null).Select(PathOf).Distinct();

        Assert.That(open, Is.EquivalentTo(Public));
    }

    [Test]
    public async Task A_viewer_is_refused_by_every_route_that_writes()
    {
        var viewer = await _site.NewPersonAsync("looker", "viewer");
        foreach (var (endpoint, method) in Writes().Where(route => !Reads.Contains($"{route.Method} {PathOf(route.Endpoint)}")))
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), Parameter().Replace(PathOf(endpoint), "1"));
            var answer = await viewer.SendAsync(request);
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden), request.ToString());
        }
    }

    private IEnumerable<RouteEndpoint> Routes() => _site.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    private IEnumerable<(RouteEndpoint Endpoint, string Method)> Writes() =>
        from endpoint in Routes()
        where PathOf(endpoint).StartsWith("/elsa/api", StringComparison.Ordinal) || PathOf(endpoint).StartsWith("/ui", StringComparison.Ordinal)
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["POST"]
        where method is not ("GET" or "HEAD")
        select (endpoint, method);

    private static string PathOf(RouteEndpoint endpoint) => $"/{endpoint.RoutePattern.RawText!.Trim('/')}";

    [GeneratedRegex("{[^}]+}")]
    private static partial Regex Parameter();
}
