using System.Net;
using System.Xml.Linq;

namespace Pipelines.LocalCloud.S3.Requests;

/// <summary>Buckets themselves, and what clients ask about their settings: there are none, and S3 has a word for each that is absent.</summary>
internal static class BucketRequests
{
    private const string OwnerId = "localcloud";
    private const string DefaultRegion = "us-east-1";

    public static XElement Owner(string name = "Owner") => Xml.Element(name, Xml.Element("ID", OwnerId), Xml.Element("DisplayName", OwnerId));

    public static Task ListAsync(S3Exchange exchange) => exchange.AnswerAsync(Xml.Element(
        "ListAllMyBucketsResult",
        Owner(),
        Xml.Element("Buckets", exchange.Store.Buckets.Select(bucket => Xml.Element(
            "Bucket", Xml.Element("Name", bucket.Name), Xml.Element("CreationDate", Xml.Time(bucket.Created)))))));

    public static async Task CreateAsync(S3Exchange exchange)
    {
        var region = exchange.Credentials.Region;
        var document = await Xml.ReadAsync(exchange);
        if (document?.Text("LocationConstraint") is { Length: > 0 } wanted && wanted != region)
        {
            throw S3Failure.Invalid(
                "IllegalLocationConstraintException", $"The location constraint '{wanted}' is not the region of this endpoint, '{region}'.");
        }

        // S3 answers the owner's second creation with success in its first region and nowhere else.
        if (!exchange.Store.CreateBucket(exchange.Bucket) && region != DefaultRegion)
        {
            throw new S3Failure(HttpStatusCode.Conflict, "BucketAlreadyOwnedByYou", "You own this bucket already.")
                .With("BucketName", exchange.Bucket);
        }

        exchange.Response.Headers.Location = "/" + exchange.Bucket;
    }

    public static Task HeadAsync(S3Exchange exchange)
    {
        exchange.RequireBucket();
        exchange.Response.Headers["x-amz-bucket-region"] = exchange.Credentials.Region;
        return Task.CompletedTask;
    }

    public static Task DeleteAsync(S3Exchange exchange)
    {
        if (!exchange.Store.DeleteBucket(exchange.Bucket))
        {
            throw new S3Failure(HttpStatusCode.Conflict, "BucketNotEmpty", "The bucket you tried to delete is not empty; delete its objects first.")
                .With("BucketName", exchange.Bucket);
        }

        exchange.NoContent();
        return Task.CompletedTask;
    }

    public static Task LocationAsync(S3Exchange exchange)
    {
        exchange.RequireBucket();
        var region = exchange.Credentials.Region;
        return exchange.AnswerAsync(Xml.Element("LocationConstraint", region == DefaultRegion ? null : region));
    }

    public static Task VersioningAsync(S3Exchange exchange)
    {
        exchange.RequireBucket();
        return exchange.AnswerAsync(Xml.Element("VersioningConfiguration"));
    }

    public static Task AclAsync(S3Exchange exchange)
    {
        exchange.RequireBucket();
        if (exchange.Key.Length > 0 && exchange.Store.Find(exchange.Bucket, exchange.Key) is null)
            throw S3Failure.NoSuchKey(exchange.Key);
        XNamespace instance = "http://www.w3.org/2001/XMLSchema-instance";
        var grantee = Owner("Grantee");
        grantee.Add(new XAttribute(XNamespace.Xmlns + "xsi", instance), new XAttribute(instance + "type", "CanonicalUser"));
        return exchange.AnswerAsync(Xml.Element(
            "AccessControlPolicy",
            Owner(),
            Xml.Element("AccessControlList", Xml.Element("Grant", grantee, Xml.Element("Permission", "FULL_CONTROL")))));
    }

    public static Func<S3Exchange, Task> Absent(string code) => exchange =>
    {
        exchange.RequireBucket();
        throw new S3Failure(HttpStatusCode.NotFound, code, "The bucket has no such configuration.").With("BucketName", exchange.Bucket);
    };
}
