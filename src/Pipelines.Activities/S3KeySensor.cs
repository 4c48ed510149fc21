using System.Globalization;
using System.Text.RegularExpressions;
using Pipelines.Activities.S3;
using Pipelines.Activities.Waiting;
using Pipelines.Model.Activities;
using Pipelines.Model.Activities.Sensors;

namespace Pipelines.Activities;

/// <summary>Waits for objects in S3, as Airflow's S3KeySensor.</summary>
public sealed class S3KeySensor() : Sensor(new(
    "S3KeySensor", "Wait for S3", "Sensors", "Waits until objects are in S3: all that are named.",
    [
        new("bucketKey", InputType.StringOrList, "Keys", "E.g. s3://lake/orders/{{ ds }}.csv, or a key where a bucket is given; several as a JSON array.") { Required = true },
        new("bucketName", InputType.String, "Bucket", "Empty: each key is a whole s3:// URL."),
        new("wildcardMatch", InputType.Boolean, "Wildcards", "*, ? and [ ] in a key stand for others.") { Default = "false", UiHint = "checkbox" },
        new("useRegex", InputType.Boolean, "Regular expressions", "A key is a regular expression that some key of the bucket begins with; needs a bucket.") { Default = "false", UiHint = "checkbox" },
        new("awsConnectionId", InputType.String, "AWS connection", "A connection of type aws.") { Default = "aws_default", OptionsFrom = OptionSource.Connections("aws") },
    ],
    [],
    [ActivityDescriptor.Done]))
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    protected override async Task<Poke> PokeAsync(ITaskContext context, CancellationToken cancellation)
    {
        var inputs = context.Inputs;
        using var store = S3Store.Open(await context.GetConnectionAsync(inputs.Optional("awsConnectionId") ?? "aws_default", cancellation));
        List<string> marks = [];
        foreach (var key in inputs.TextOrList("bucketKey"))
        {
            var url = inputs.Optional("bucketName") is not { } bucket ? S3Url.Parse(key, "Input 'bucketKey'")
                : key.StartsWith("s3://", StringComparison.Ordinal) ? throw new TaskFailure($"Input 'bucketKey' is '{key}', which names its bucket itself. Leave 'bucketName' empty, or give the key alone.", retryable: false)
                : new S3Url(bucket, key);
            if (await FindAsync(store, url, inputs, cancellation) is not { Count: > 0 } found) return new Poke.NotYet($"{url} is not there");
            marks.AddRange(found.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Url} {one.ETag} {one.Bytes}")));
        }

        return new Poke.Done { Mark = string.Join('\n', marks) };
    }

    private static async Task<List<StoredObject>> FindAsync(S3Store store, S3Url url, RenderedInputs inputs, CancellationToken cancellation)
    {
        if (inputs.Boolean("useRegex", false)) return [.. (await store.ListAsync(url with { Key = "" }, cancellation)).Where(Fits(Expression(url.Key))).Take(Poke.Done.MostMarked)];
        if (inputs.Boolean("wildcardMatch", false)) return [.. (await store.ListAsync(url with { Key = Glob.Literal(url.Key) }, cancellation)).Where(Fits(Glob.ToRegex(url.Key))).Take(Poke.Done.MostMarked)];
        return await store.FindAsync(url, cancellation) is { } one ? [one] : [];
    }

    private static Func<StoredObject, bool> Fits(Regex regex) => found => regex.IsMatch(found.Url.Key);

    private static Regex Expression(string text)
    {
        try
        {
            return new Regex($@"\A(?:{text})", RegexOptions.CultureInvariant, Patience);
        }
        catch (ArgumentException error)
        {
            throw new TaskFailure($"Input 'bucketKey' is no regular expression: {error.Message}", retryable: false, inner: error);
        }
    }
}
