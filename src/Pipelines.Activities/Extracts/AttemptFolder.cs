using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pipelines.Activities.S3;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Extracts;

/// <summary>
/// Where one attempt writes; nobody else ever does. Its name tells whose it is, also where several tasks or runs share a prefix, so that
/// a later attempt can put away what a dead one left open.
/// </summary>
internal sealed class AttemptFolder
{
    /// <summary>For made-up names: safe in keys, URLs and CSV.</summary>
    public const string Alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

    private readonly long _token;
    private readonly string _task;

    private AttemptFolder(S3Url attempts, S3Url url, long token, string task) => (Attempts, Url, _token, _task) = (attempts, url, token, task);

    /// <summary>The attempt's own; the key ends with a slash.</summary>
    public S3Url Url { get; }

    /// <summary>What the keys of all attempts under the same prefix begin with.</summary>
    public S3Url Attempts { get; }

    /// <summary>The folder of this attempt.</summary>
    public static AttemptFolder Of(ITaskContext context, string bucket)
    {
        var key = context.Key;
        var prefix = context.Inputs.Optional("prefix") ?? Safe($"{key.DagId}/{key.TaskId}/{key.RunId}") + (key.MapIndex < 0 ? "" : $"/{key.MapIndex}");
        var attempts = new S3Url(bucket, $"{prefix.Trim('/')}/try=");
        var task = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key.ToString())))[..12];
        // The random end keeps a folder fresh even where an engine with an empty database starts counting tokens again.
        var fresh = RandomNumberGenerator.GetString(Alphabet, 6);
        var url = attempts with { Key = string.Create(CultureInfo.InvariantCulture, $"{attempts.Key}{context.TryNumber}-token={context.Token}-{task}-{fresh}/") };
        return new AttemptFolder(attempts, url, context.Token, task);
    }

    /// <summary>True for what an earlier attempt of the same task instance wrote: it is over, or has lost its lease.</summary>
    public bool IsOfEarlierAttempt(string key)
    {
        if (!key.StartsWith(Attempts.Key, StringComparison.Ordinal)) return false;
        // 2-token=5-<task>-<random>/part-00000.csv
        var parts = key[Attempts.Key.Length..].Split('-', 4);
        return parts.Length == 4 && parts[2] == _task && parts[1].StartsWith("token=", StringComparison.Ordinal)
            && long.TryParse(parts[1]["token=".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var token) && token < _token;
    }

    // Run ids hold ':' and '+', which not every client escapes alike in a URL.
    private static string Safe(string text) => string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '_' or '-' ? c : '-'));
}
