using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Pipelines.Model.Activities;

/// <summary>
/// How much a task may pass on (airflow-semantics.md §12). Airflow stores whatever its database takes; here a value that would burden every task
/// and page which reads it is refused, with what to do instead.
/// </summary>
public static class XComLimits
{
    /// <summary>The longest key, in characters, as in Airflow.</summary>
    public const int LongestKey = 512;

    /// <summary>The largest value, in bytes of its JSON in UTF-8.</summary>
    public const int LargestValue = 16 << 20;

    /// <summary>Lets through what may be stored.</summary>
    /// <exception cref="TaskFailure">The key is empty or too long, or the value too large or no text (not retryable).</exception>
    public static void Require(string key, JsonNode? value)
    {
        if (key.Length is 0 or > LongestKey)
            throw new TaskFailure($"An XCom key has 1 to {LongestKey} characters, this one {key.Length}: '{Excerpt.Of(key, 50)}'. Choose another.", retryable: false);
        if (value is null || Bytes(key, value) is var bytes && bytes <= LargestValue) return;
        throw new TaskFailure(string.Create(CultureInfo.InvariantCulture,
            $"XCom '{key}' has {bytes:N0} bytes as JSON, but at most {LargestValue:N0} may be passed between tasks. Store the data, e.g. in S3, and pass where they are."), retryable: false);
    }

    private static int Bytes(string key, JsonNode value)
    {
        try
        {
            return Encoding.UTF8.GetByteCount(value.ToJsonString());
        }
        catch (InvalidOperationException error)
        {
            // So it says that a half of a pair stands alone.
            throw new TaskFailure($"XCom '{key}' holds half of a character (such as \\ud800 alone), which is no text. Take it out, or pass the data where they are, e.g. in S3.", retryable: false, inner: error);
        }
    }
}
