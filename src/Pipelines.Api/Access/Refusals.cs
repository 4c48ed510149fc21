using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Operations;

namespace Pipelines.Api.Access;

/// <summary>Says in words, as problem details, why a request gets no answer.</summary>
public static class Refusals
{
    /// <summary>401: nobody is signed in.</summary>
    public static Task UnauthenticatedAsync(HttpContext http)
    {
        if (Tokens.IsBrought(http.Request)) http.Response.Headers.WWWAuthenticate = "Bearer";
        return WriteAsync(http, StatusCodes.Status401Unauthorized, Tokens.IsBrought(http.Request)
            ? "The token is not valid: it ran out, or its user is gone or has another password or other rights now. Get a new one from POST /auth/token."
            : "You are not signed in, or your session ended. Sign in and try again.");
    }

    /// <summary>403: the role does not allow it.</summary>
    public static Task ForbiddenAsync(HttpContext http) =>
        WriteAsync(http, StatusCodes.Status403Forbidden, "Your role does not allow this. Ask an admin for the permission.");

    /// <summary>Writes one reason.</summary>
    public static Task WriteAsync(HttpContext http, int status, string reason) => Of(status, reason, []).ExecuteAsync(http);

    /// <summary>As <see cref="WriteAsync"/>, but to a browser that asked for a page as plain text: none of ours can be made.</summary>
    public static Task AnswerAsync(HttpContext http, int status, string reason)
    {
        if (!http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal)) return WriteAsync(http, status, reason);
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync(reason);
    }

    /// <summary>As <see cref="AnswerAsync"/>, instead of what was prepared of another answer.</summary>
    public static Task AnswerInsteadAsync(HttpContext http, int status, string reason)
    {
        http.Response.Clear();
        return AnswerAsync(http, status, reason);
    }

    /// <summary>Problem details. Elsa Studio shows its <c>errors</c>, everybody else its <c>detail</c>.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="reason">What, where, and what to do.</param>
    /// <param name="details">Each single reason, where there are several.</param>
    public static IResult Of(int status, string reason, IReadOnlyList<string> details)
    {
        var problem = new ProblemDetails { Status = status, Title = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status), Detail = reason };
        problem.Extensions["errors"] = new Dictionary<string, IReadOnlyList<string>> { [""] = [reason, .. details] };
        return Results.Json(problem, Json, "application/problem+json", status);
    }

    /// <summary>Problem details of an operation that was refused.</summary>
    public static IResult Of(OperationException refusal) => Of(refusal.Kind switch
    {
        RefusalKind.NotFound => StatusCodes.Status404NotFound,
        RefusalKind.Conflict => StatusCodes.Status409Conflict,
        RefusalKind.Forbidden => StatusCodes.Status403Forbidden,
        _ => StatusCodes.Status400BadRequest,
    }, refusal.Message, refusal.Details);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
}
