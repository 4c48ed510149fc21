using System.Globalization;
using System.Net;
using System.Security.Authentication;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Requests;

/// <summary>Sorts what a server or the network says into one message with a next step, and into "retry" or not.</summary>
internal static class HttpErrors
{
    private const int LongestQuote = 500;

    /// <summary>The server refused.</summary>
    /// <param name="what">The request.</param>
    /// <param name="response">Its answer, of a status of 400 and more.</param>
    /// <param name="body">What it said.</param>
    /// <param name="now">For a Retry-After that is a date.</param>
    public static TaskFailure Refused(string what, HttpResponseMessage response, string body, DateTimeOffset now)
    {
        var (advice, retryable) = Advice(response.StatusCode);
        var said = body.Trim() is { Length: > 0 } text ? $" It said: {Excerpt.Of(text, LongestQuote)}" : "";
        return new TaskFailure(
            string.Create(CultureInfo.InvariantCulture, $"{what} was answered with status {(int)response.StatusCode} {response.ReasonPhrase}. {advice}{said}"),
            retryable, retryable ? RetryAfter(response, now) : null);
    }

    /// <summary>No answer came.</summary>
    public static TaskFailure Lost(string what, HttpRequestException error) => error.InnerException is AuthenticationException
        ? new TaskFailure($"{what} failed: no trust in the server's certificate ({error.InnerException.Message.TrimEnd('.')}). Mend it, or set verify to false in the connection's extra.", retryable: false, inner: error)
        : new TaskFailure($"{what} failed: {(error.InnerException ?? error).Message.TrimEnd('.')}. Check the connection's host and port, and that the server runs; the next attempt may succeed.", inner: error);

    private static (string Advice, bool Retryable) Advice(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => ("Check login, password and headers of the connection, and what they are allowed.", false),
        HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed => ("Check inputs 'endpoint' and 'method', and the connection's host.", false),
        HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests => ("The next attempt may succeed.", true),
        < HttpStatusCode.InternalServerError => ("Correct what is sent: inputs 'endpoint', 'data' and 'headers'.", false),
        _ => ("The next attempt may succeed; else see the server's own log.", true),
    };

    private static TimeSpan? RetryAfter(HttpResponseMessage response, DateTimeOffset now) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > now => date - now,
        _ => null,
    };
}
