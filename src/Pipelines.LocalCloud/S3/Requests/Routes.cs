using System.Net;
using Microsoft.AspNetCore.Http;
using Pipelines.LocalCloud.S3.Signing;

namespace Pipelines.LocalCloud.S3.Requests;

/// <summary>What the endpoint can do: the first route that fits a request answers it.</summary>
internal static class Routes
{
    private const string CopySource = "x-amz-copy-source";

    // Method, what the path names, the query parameter or header that selects the operation, the operation.
    private static readonly Route[] All =
    [
        new("GET", Level.Service, null, BucketRequests.ListAsync),

        new("PUT", Level.Bucket, null, BucketRequests.CreateAsync),
        new("HEAD", Level.Bucket, null, BucketRequests.HeadAsync),
        new("DELETE", Level.Bucket, null, BucketRequests.DeleteAsync),
        new("GET", Level.Bucket, "location", BucketRequests.LocationAsync),
        new("GET", Level.Bucket, "versioning", BucketRequests.VersioningAsync),
        new("GET", Level.Bucket, "acl", BucketRequests.AclAsync),
        new("GET", Level.Bucket, "policy", BucketRequests.Absent("NoSuchBucketPolicy")),
        new("GET", Level.Bucket, "tagging", BucketRequests.Absent("NoSuchTagSet")),
        new("GET", Level.Bucket, "cors", BucketRequests.Absent("NoSuchCORSConfiguration")),
        new("GET", Level.Bucket, "lifecycle", BucketRequests.Absent("NoSuchLifecycleConfiguration")),
        new("GET", Level.Bucket, "website", BucketRequests.Absent("NoSuchWebsiteConfiguration")),
        new("GET", Level.Bucket, "encryption", BucketRequests.Absent("ServerSideEncryptionConfigurationNotFoundError")),
        new("GET", Level.Bucket, "publicAccessBlock", BucketRequests.Absent("NoSuchPublicAccessBlockConfiguration")),
        new("GET", Level.Bucket, "uploads", MultipartListRequests.UploadsAsync),
        new("GET", Level.Bucket, "list-type", ListRequests.SecondVersionAsync),
        new("GET", Level.Bucket, null, ListRequests.FirstVersionAsync),
        new("POST", Level.Bucket, "delete", DeleteRequests.ManyAsync),

        new("POST", Level.Object, "uploads", MultipartRequests.CreateAsync),
        new("PUT", Level.Object, "uploadId", MultipartRequests.PutPartAsync),
        new("POST", Level.Object, "uploadId", MultipartRequests.CompleteAsync),
        new("DELETE", Level.Object, "uploadId", MultipartRequests.AbortAsync),
        new("GET", Level.Object, "uploadId", MultipartListRequests.PartsAsync),
        new("GET", Level.Object, "acl", BucketRequests.AclAsync),
        new("GET", Level.Object, "tagging", ObjectReads.TaggingAsync),
        new("GET", Level.Object, "attributes", ObjectReads.AttributesAsync),
        new("PUT", Level.Object, CopySource, CopyRequests.ObjectAsync),
        new("PUT", Level.Object, null, ObjectWrites.PutAsync),
        new("GET", Level.Object, null, ObjectReads.GetAsync),
        new("HEAD", Level.Object, null, ObjectReads.GetAsync),
        new("DELETE", Level.Object, null, DeleteRequests.OneAsync),
    ];

    // Parameters that name another operation than the plain one: without a route of their own they must not fall through to it.
    private static readonly HashSet<string> Selectors = new(StringComparer.Ordinal)
    {
        "accelerate", "acl", "analytics", "attributes", "cors", "delete", "encryption", "intelligent-tiering", "inventory", "legal-hold", "lifecycle",
        "location", "logging", "metadataTable", "metrics", "notification", "object-lock", "ownershipControls", "policy", "policyStatus",
        "publicAccessBlock", "replication", "requestPayment", "restore", "retention", "select", "session", "tagging", "torrent", "uploadId", "uploads",
        "versionId", "versioning", "versions", "website",
    };

    /// <exception cref="S3Failure">NotImplemented, MethodNotAllowed.</exception>
    public static Func<S3Exchange, Task> Find(string method, RequestTarget target, IHeaderDictionary headers)
    {
        var level = target.Bucket.Length == 0 ? Level.Service : target.Key.Length == 0 ? Level.Bucket : Level.Object;
        var selector = target.Query.Select(pair => pair.Key).FirstOrDefault(Selectors.Contains);
        // "null" is the version of every object in a bucket without versions.
        if (selector == "versionId" && target["versionId"] == "null")
            selector = null;
        foreach (var route in All)
        {
            if (route.Method == method && route.Level == level && Selects(route.Selector, selector, target, headers))
                return route.Handler;
        }

        if (selector is not null && method is "GET" or "HEAD" or "PUT" or "POST" or "DELETE")
            throw S3Failure.NotImplemented($"{method} ?{selector} on a {level}");
        throw new S3Failure(HttpStatusCode.MethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.")
            .With("Method", method).With("ResourceType", level.ToString().ToUpperInvariant());
    }

    private static bool Selects(string? wanted, string? selector, RequestTarget target, IHeaderDictionary headers) => wanted switch
    {
        null => selector is null,
        CopySource => selector is null && headers.ContainsKey(CopySource),
        "list-type" => selector is null && target["list-type"] == "2",
        _ => wanted == selector,
    };

    private enum Level
    {
        Service,
        Bucket,
        Object,
    }

    private sealed record Route(string Method, Level Level, string? Selector, Func<S3Exchange, Task> Handler);
}
