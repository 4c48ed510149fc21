using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Pipelines.Storage;

namespace Pipelines.Api.Access;

/// <summary>Answers for every route while the metadata database is away: 503, and when to come again. What exactly is wrong is for the log: anybody may ask.</summary>
public static class DatabaseAway
{
    /// <summary>After which to come again.</summary>
    public const int RetrySeconds = 5;

    /// <summary>For whoever asks.</summary>
    public const string Words = "The metadata database cannot be used at this moment, and the host's log says why.";

    /// <summary>Adds the answer; whatever reads the database comes after.</summary>
    public static IApplicationBuilder UseDatabaseAway(this IApplicationBuilder app, ILogger log) => app.Use(async (http, next) =>
    {
        try
        {
            await next(http);
        }
        catch (Exception error) when (DatabaseTrouble.MayPass(error) && !http.Response.HasStarted)
        {
            log.LogWarning("{Method} {Path} is answered with 503: {Trouble}", http.Request.Method, http.Request.Path, DatabaseTrouble.Of(error) ?? error.Message);
            await AnswerAsync(http);
        }
    });

    private static async Task AnswerAsync(HttpContext http)
    {
        http.Response.Clear();
        http.Response.Headers.RetryAfter = RetrySeconds.ToString(CultureInfo.InvariantCulture);
        var words = string.Create(CultureInfo.InvariantCulture, $"{Words} Wait {RetrySeconds} s, then try again.");
        await Refusals.AnswerAsync(http, StatusCodes.Status503ServiceUnavailable, words);
    }
}
