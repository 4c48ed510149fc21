using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Pipelines.Model.Activities;

namespace Pipelines.Api.Access;

/// <summary>Says in words, for every route, what is wrong with a request in itself.</summary>
public static class RefusedRequests
{
    /// <summary>Adds the answers; whatever reads requests comes after.</summary>
    public static IApplicationBuilder UseRefusedRequests(this IApplicationBuilder app) => app.Use(async (http, next) =>
    {
        try
        {
            await next(http);
        }
        catch (UnstorableTextException error) when (!http.Response.HasStarted)
        {
            await AnswerAsync(http, StatusCodes.Status400BadRequest, error.Message);
        }
        catch (BadHttpRequestException error) when (!http.Response.HasStarted)
        {
            await AnswerAsync(http, error.StatusCode, $"The request cannot be read: {error.Message.TrimEnd('.')}. Correct it, or reload the page and try again.");
        }
    });

    private static Task AnswerAsync(HttpContext http, int status, string words)
    {
        http.Response.Clear();
        return Refusals.AnswerAsync(http, status, words);
    }
}
