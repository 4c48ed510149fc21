using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Pipelines.Storage;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Runs;

namespace Pipelines.Web.Studio;

/// <summary>The designer under <c>/studio/</c>: a page of ours around each of Studio's elements, at the paths of Studio's own links, and the files of its package.</summary>
internal static class StudioPages
{
    /// <summary>Where it lies.</summary>
    public const string Root = "/studio/";

    // The hashes are those of Studio's own inline scripts (3.8.2): the hot keys of its editor and of its list of runs.
    private const string ContentSecurityPolicy =
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'sha256-snlP1jz0gjwc5cTz9ErZcliXuCK63+Mmf68RRCeptgc=' "
        + "'sha256-vu6sQrKXQHR4Yn3FMMihA/9TxxfIXnCxKwvLrTPJ5ts='; style-src 'self' 'unsafe-inline'; "
        + "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    public static void MapStudio(this IEndpointRouteBuilder routes)
    {
        var studio = routes.MapGroup("/studio");
        studio.MapGet("/", List);
        studio.MapGet("/workflows/definitions", () => Results.LocalRedirect("~" + Root));
        studio.MapGet("/workflows/definitions/{dagId}/edit", EditAsync);
        studio.MapGet("/workflows/instances", (HttpContext http) => Page(http, new StudioView(StudioElement.InstanceList)));
        studio.MapGet("/workflows/instances/{instanceId}/view", ViewAsync);
        studio.MapMethods("/{**name}", [HttpMethods.Get, HttpMethods.Head], File).AllowAnonymous();
    }

    // Everything in the page is relative to the slash at the end.
    private static IResult List(HttpContext http) =>
        http.Request.Path.Value!.EndsWith('/') ? Page(http, new StudioView(StudioElement.DefinitionList)) : Results.LocalRedirect("~" + Root);

    private static async Task<IResult> EditAsync(HttpContext http, Database database, string dagId, CancellationToken cancellation)
    {
        var exists = await database.InTransactionAsync(async tx =>
            await DagDraftTable.FindAsync(tx, dagId) is not null || await DagTable.FindAsync(tx, dagId) is { IsStale: false }, cancellation);
        return Page(http, new StudioView(StudioElement.DefinitionEditor, dagId) { IsMissing = !exists });
    }

    private static async Task<IResult> ViewAsync(HttpContext http, Database database, string instanceId, CancellationToken cancellation)
    {
        var run = long.TryParse(instanceId, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? await database.InTransactionAsync(tx => DagRunQueries.FindAsync(tx, id), cancellation)
            : null;
        return Page(http, new StudioView(StudioElement.InstanceViewer, instanceId) { DagId = run?.DagId, RunId = run?.RunId, IsMissing = run is null });
    }

    private static RazorComponentResult<StudioPage> Page(HttpContext http, StudioView view)
    {
        var package = http.RequestServices.GetRequiredService<StudioPackage>();
        http.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        return new(new { View = view, Package = package, Person = http.User })
        {
            StatusCode = package.Version is null ? StatusCodes.Status503ServiceUnavailable : view.IsMissing ? StatusCodes.Status404NotFound : StatusCodes.Status200OK,
        };
    }

    private static IResult File(HttpContext http, StudioPackage package, string name) =>
        package.FindFile(name) is { } file ? file.Answer(http, package.Version!) : Results.NotFound();
}
