using System.Text.Json;

namespace Pipelines.LocalCloud.AwsS3;

/// <summary>What the SQL function asks for: put <c>ID.data</c> under a key, or throw it away.</summary>
internal sealed record ExportRequest(string? Bucket, string? Key, IReadOnlyList<string>? Options, bool Discard);

/// <summary>What it is answered: an upload's numbers, or S3's error.</summary>
internal sealed record ExportAnswer(long? Files = null, long? Bytes = null, string? Code = null, string? Error = null);

/// <summary>The folder through which the server's function and LocalCloud talk: <c>ID.data</c>, <c>ID.request</c>, then <c>ID.answer</c>.</summary>
internal sealed class Spool(string folder)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    private string Serving => Path.Combine(folder, "serving");

    /// <summary>Throws away what an earlier process left, and tells the function that somebody serves.</summary>
    public void Open()
    {
        foreach (var left in Directory.EnumerateFiles(folder))
            File.Delete(left);
        File.WriteAllText(Serving, "");
    }

    public void Close() => File.Delete(Serving);

    public string Data(Guid id) => Path.Combine(folder, $"{id}.data");

    /// <summary>The requests that are whole. One that is still being written is left for the next look.</summary>
    public IEnumerable<(Guid Id, ExportRequest Request)> Take()
    {
        foreach (var path in Directory.EnumerateFiles(folder, "*.request"))
        {
            var text = File.ReadAllText(path);
            if (!text.EndsWith('\n'))
                continue;
            File.Delete(path);
            if (Parse(text) is { } request && Guid.TryParse(Path.GetFileNameWithoutExtension(path), out var id))
                yield return (id, request);
        }
    }

    // Whoever may write server files can put anything here; what the function did not write has nobody waiting for it.
    private static ExportRequest? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<ExportRequest>(Convert.FromHexString(text.AsSpan().TrimEnd()), Json);
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Answers, and forgets the data. The answer appears under its name in one step.</summary>
    public void Answer(Guid id, ExportAnswer answer)
    {
        Discard(id);
        var unfinished = Path.Combine(folder, $"{id}.unfinished");
        File.WriteAllText(unfinished, JsonSerializer.Serialize(answer, Json));
        File.Move(unfinished, Path.Combine(folder, $"{id}.answer"));
    }

    public void Discard(Guid id) => File.Delete(Data(id));

    /// <summary>Deletes answers older than <paramref name="age"/>: their caller has read them or is gone.</summary>
    public void ForgetAnswers(TimeSpan age)
    {
        foreach (var answer in Directory.EnumerateFiles(folder, "*.answer").Where(path => DateTime.UtcNow - File.GetLastWriteTimeUtc(path) > age))
            File.Delete(answer);
    }
}
