using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Pipelines.Engine.Operations;
using Pipelines.Model.Activities;

namespace Pipelines.Api.Studio;

/// <summary>JSON as Elsa Studio reads and writes it: camelCase, enums as their names. The rest of our API is snake_case, as Airflow's.</summary>
internal static class StudioJson
{
    // A definition of 200 tasks with long SQL is some hundred kilobytes.
    private const long LongestBody = 16 << 20;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        MaxDepth = 128,
    };

    /// <summary>An answer.</summary>
    public static IResult Of(object? value) => Results.Json(value, Options);

    /// <summary>A file's content.</summary>
    public static byte[] Bytes(object value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    /// <summary>The request's body.</summary>
    /// <exception cref="OperationException">It is no JSON of this form, or too long.</exception>
    /// <exception cref="UnstorableTextException">A text in it cannot be stored.</exception>
    public static async Task<T> ReadAsync<T>(this HttpRequest request, CancellationToken cancellation)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = LongestBody;
        try
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body, cancellation);
            GivenJson.Check(body.GetBuffer().AsSpan(0, (int)body.Length));
            body.Position = 0;
            return JsonSerializer.Deserialize<T>(body, Options) ?? throw Malformed("it is empty");
        }
        catch (JsonException error)
        {
            throw Malformed(error.Message);
        }
        catch (BadHttpRequestException)
        {
            throw Malformed($"it is longer than {LongestBody >> 20} MB, or broke off");
        }
    }

    private static OperationException Malformed(string why) => new(RefusalKind.Invalid, $"The request's body cannot be read: {why}. Reload the page and try again.");
}
