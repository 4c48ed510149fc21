using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Pipelines.Api.Access;

/// <summary>A token for a name and password, as Airflow's auth managers give it.</summary>
public static class TokenRoutes
{
    private const int LongestBody = 16 * 1024;

    /// <summary>Maps <c>POST /auth/token</c>, which answers without a login.</summary>
    public static void MapToken(this IEndpointRouteBuilder routes) => routes.MapPost("/auth/token", CreateAsync).AllowAnonymous();

    private static async Task<IResult> CreateAsync(HttpRequest request, PasswordCheck passwords, Tokens tokens, CancellationToken cancellation)
    {
        if (await ReadAsync(request, cancellation) is not { Username: { } username, Password: { } password })
            return Refusals.Of(StatusCodes.Status422UnprocessableEntity, "Send {\"username\": \"…\", \"password\": \"…\"} as application/json.", []);
        var answer = await passwords.AskAsync(request.HttpContext, username, password);
        return answer.User is { } user
            ? Results.Json(new TokenAnswer(tokens.Create(user)), statusCode: StatusCodes.Status201Created)
            : Refusals.Of(answer.Status, answer.Refusal!, []);
    }

    private static async Task<TokenRequest?> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        // Anybody may ask, so nobody may send much.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = LongestBody;
        try
        {
            return request.HasJsonContentType() ? await request.ReadFromJsonAsync<TokenRequest>(cancellation) : null;
        }
        catch (Exception error) when (error is JsonException or BadHttpRequestException)
        {
            return null;
        }
    }

    private sealed record TokenRequest(string? Username, string? Password);

    private sealed record TokenAnswer(string AccessToken);
}
