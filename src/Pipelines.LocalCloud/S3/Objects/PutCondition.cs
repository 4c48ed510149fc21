namespace Pipelines.LocalCloud.S3.Objects;

/// <summary>What must hold at the moment a write takes effect.</summary>
/// <param name="MustNotExist"><c>If-None-Match: *</c>.</param>
/// <param name="ETag"><c>If-Match</c>, without quotes: the object must exist with it.</param>
internal sealed record PutCondition(bool MustNotExist = false, string? ETag = null)
{
    public static PutCondition None { get; } = new();

    /// <exception cref="S3Failure">PreconditionFailed; NoSuchKey.</exception>
    public void Verify(string key, ObjectSummary? existing)
    {
        if (MustNotExist && existing is not null)
            throw S3Failure.PreconditionFailed("If-None-Match");
        if (ETag is null)
            return;
        if (existing is null)
            throw S3Failure.NoSuchKey(key);
        if (ETag != "*" && ETag != existing.ETag)
            throw S3Failure.PreconditionFailed("If-Match");
    }
}
