using System.Net;

namespace Pipelines.LocalCloud.S3;

/// <summary>A refusal in S3's own words: the error code, the HTTP status that goes with it, and a message for the caller.</summary>
public sealed class S3Failure : Exception
{
    public S3Failure(HttpStatusCode status, string code, string message)
        : base(message)
    {
        Status = status;
        Code = code;
    }

    public HttpStatusCode Status { get; }

    /// <summary>S3's error code, for example <c>NoSuchKey</c>.</summary>
    public string Code { get; }

    /// <summary>Elements that S3 adds to the error document beside Code and Message, for example <c>BucketName</c>.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Details { get; private init; } = [];

    public S3Failure With(string name, string value) =>
        new(Status, Code, Message) { Details = [.. Details, new(name, value)] };

    public static S3Failure NoSuchBucket(string bucket) =>
        new S3Failure(HttpStatusCode.NotFound, "NoSuchBucket", $"The bucket '{bucket}' does not exist; create it first.")
            .With("BucketName", bucket);

    public static S3Failure NoSuchKey(string key) =>
        new S3Failure(HttpStatusCode.NotFound, "NoSuchKey", $"The key '{key}' does not exist.").With("Key", key);

    public static S3Failure NoSuchUpload(string uploadId) =>
        new S3Failure(
            HttpStatusCode.NotFound,
            "NoSuchUpload",
            "The upload does not exist: the upload ID is invalid, or the upload was aborted or completed.")
            .With("UploadId", uploadId);

    public static S3Failure PreconditionFailed(string condition) =>
        new S3Failure(
            HttpStatusCode.PreconditionFailed,
            "PreconditionFailed",
            $"The condition '{condition}' of the request does not hold for the object.")
            .With("Condition", condition);

    public static S3Failure Invalid(string code, string message) => new(HttpStatusCode.BadRequest, code, message);

    public static S3Failure InvalidArgument(string name, string value, string message) =>
        Invalid("InvalidArgument", message).With("ArgumentName", name).With("ArgumentValue", value);

    public static S3Failure InvalidRequest(string message) => Invalid("InvalidRequest", message);

    public static S3Failure MalformedXml(string reason) =>
        Invalid("MalformedXML", $"The XML of the request is not what this operation expects: {reason}");

    public static S3Failure BadDigest(string name) =>
        Invalid("BadDigest", $"The {name} you specified did not match what was received; send the body again.");

    public static S3Failure IncompleteBody() =>
        Invalid("IncompleteBody", "The request body ended before, or went beyond, the length that its headers announced.");

    public static S3Failure NotImplemented(string what) =>
        new(HttpStatusCode.NotImplemented, "NotImplemented", $"LocalCloud's S3 does not implement {what}.");

    public static S3Failure AccessDenied(string message) => new(HttpStatusCode.Forbidden, "AccessDenied", message);
}
