using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Pipelines.Model.Activities;

namespace Pipelines.Api.Access;

/// <summary>Says in words, for every route, what is wrong with a request in itself.</summary>
public static partial class RefusedRequests
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
            await Refusals.AnswerInsteadAsync(http, StatusCodes.Status400BadRequest, error.Message);
        }
        catch (BadHttpRequestException error) when (!http.Response.HasStarted)
        {
            await Refusals.AnswerInsteadAsync(http, error.StatusCode, $"The request cannot be read: {Words(error.Message).TrimEnd('.')}. Correct it, or reload the page and try again.");
        }
    });

    /// <summary>What the framework says of a request, without the names of .NET's types.</summary>
    internal static string Words(string message)
    {
        if (BadValue().Match(message) is { Success: true } bad) return $"'{bad.Groups[1].Value}' is '{bad.Groups[2].Value}', which is no such value as it must be";
        if (NoValue().Match(message) is { Success: true } missing) return $"'{missing.Groups[1].Value}' is missing";
        return NoJson().IsMatch(message) ? "its body is not the JSON that belongs here" : message;
    }

    [GeneratedRegex("""^Failed to bind parameter ".*?(\w+)" from "(.*)"\.$""", RegexOptions.Singleline)]
    private static partial Regex BadValue();

    [GeneratedRegex("""^Required parameter ".*?(\w+)" was not provided""")]
    private static partial Regex NoValue();

    [GeneratedRegex("""^(Failed to read parameter ".*" from the request body as JSON|Implicit body inferred for parameter)""")]
    private static partial Regex NoJson();
}
