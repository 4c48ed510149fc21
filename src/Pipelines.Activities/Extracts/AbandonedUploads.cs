using Pipelines.Activities.S3;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Extracts;

/// <summary>
/// Uploads that an earlier attempt of the same task instance left open because its process died. S3 keeps their parts, invisible and paid
/// for, until somebody aborts them.
/// </summary>
internal static class AbandonedUploads
{
    /// <summary>
    /// Aborts what this attempt has open itself at its end: an upload whose beginning was answered into the void has an id that we never heard.
    /// </summary>
    public static async Task AbortOwnAsync(ITaskContext context, S3Store store, S3Url folder, CancellationToken cancellation)
    {
        try
        {
            foreach (var (url, uploadId) in await store.ListUploadsAsync(folder, cancellation)) await store.AbortUploadAsync(url, uploadId, cancellation);
        }
        catch (Exception error) when (error is TaskFailure or OperationCanceledException)
        {
            // The next attempt says what to allow, if that is missing.
            context.Log(LogLevel.Debug, $"Uploads may be left open under {folder}: {error.Message}");
        }
    }

    /// <summary>Aborts them. Never fails the attempt: nothing that it writes depends on them.</summary>
    public static async Task AbortAsync(ITaskContext context, S3Store store, AttemptFolder folder, CancellationToken cancellation)
    {
        if (context.Token <= 1) return;
        try
        {
            foreach (var (url, uploadId) in await store.ListUploadsAsync(folder.Attempts, cancellation))
            {
                if (!folder.IsOfEarlierAttempt(url.Key)) continue;
                await store.AbortUploadAsync(url, uploadId, cancellation);
                context.Log(LogLevel.Info, $"Aborted the upload of {url}, which an earlier attempt had left open.");
            }
        }
        catch (TaskFailure failure)
        {
            context.Log(LogLevel.Warning,
                $"Uploads of an earlier attempt may be left open under {folder.Attempts}…: S3 keeps their parts until a lifecycle rule (AbortIncompleteMultipartUpload) removes them. " +
                $"To have them aborted here, allow s3:ListBucketMultipartUploads and s3:AbortMultipartUpload. {failure.Message}");
        }
    }
}
