using System.Net;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;

namespace Pipelines.IntegrationTests.LocalCloud.S3;

public sealed class SdkObjectTests : S3Fixture
{
    [Test]
    public async Task Buckets_are_created_listed_and_deleted_when_empty()
    {
        await Client.PutBucketAsync("a-bucket");
        Assert.That((await Client.ListBucketsAsync()).Buckets.Select(bucket => bucket.BucketName), Does.Contain("a-bucket"));
        await Put("k", "x", bucket: "a-bucket");
        Assert.That(await RefusalOf(() => Client.DeleteBucketAsync("a-bucket")), Is.EqualTo(("BucketNotEmpty", 409)));
        await Client.DeleteObjectAsync("a-bucket", "k");
        await Client.DeleteBucketAsync("a-bucket");
        Assert.That(await RefusalOf(() => Put("k", "x", bucket: "a-bucket")), Is.EqualTo(("NoSuchBucket", 404)));
        Assert.That((await Client.GetBucketLocationAsync(Lake)).Location.Value, Is.Null.Or.Empty);
    }

    [Test]
    public async Task An_object_comes_back_with_its_headers_and_etag()
    {
        var put = new PutObjectRequest { BucketName = Lake, Key = "headers", ContentBody = "1,2\n", ContentType = "text/csv" };
        put.Headers.ContentEncoding = "identity";
        put.Metadata["rows"] = "1";
        var answer = await Client.PutObjectAsync(put);
        using var got = await Client.GetObjectAsync(Lake, "headers");
        Assert.That(answer.ETag, Is.EqualTo("\"3ecfad755fa825f7a17c5526ec44e651\""));
        Assert.That((got.ETag, got.Headers.ContentType, got.Headers.ContentEncoding, got.Metadata["rows"]), Is.EqualTo((answer.ETag, "text/csv", "identity", "1")));
        Assert.That(await Text(got), Is.EqualTo("1,2\n"));
        Assert.That((await Client.GetObjectMetadataAsync(Lake, "headers")).ContentLength, Is.EqualTo(4));
        Assert.That(await RefusalOf(() => Client.GetObjectAsync(Lake, "absent")), Is.EqualTo(("NoSuchKey", 404)));
    }

    [TestCase("a b+c&d=e?f#g%h%2Fi")]
    [TestCase("ünïcödé/😀/é")]
    [TestCase("dots/../../x/./y")]
    [TestCase("double//slash//")]
    [TestCase("quotes\"'<>\\`{}|^~")]
    public async Task Any_key_goes_in_and_out_and_is_listed(string key)
    {
        await Put(key, "value of " + key);
        using var got = await Client.GetObjectAsync(Lake, key);
        Assert.That(await Text(got), Is.EqualTo("value of " + key));
        var page = await Client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Lake, Prefix = key });
        Assert.That(page.S3Objects.Select(item => item.Key), Is.EqualTo(new[] { key }));
        var deleted = await Client.DeleteObjectsAsync(new DeleteObjectsRequest { BucketName = Lake, Objects = [new KeyVersion { Key = key }] });
        Assert.That(deleted.DeletedObjects.Select(item => item.Key), Is.EqualTo(new[] { key }));
        Assert.That(await RefusalOf(() => Client.GetObjectAsync(Lake, key)), Is.EqualTo(("NoSuchKey", 404)));
    }

    [TestCase("bytes=2-4", "234", "bytes 2-4/10")]
    [TestCase("bytes=7-", "789", "bytes 7-9/10")]
    [TestCase("bytes=-2", "89", "bytes 8-9/10")]
    [TestCase("bytes=-99", "0123456789", "bytes 0-9/10")]
    [TestCase("bytes=8-99", "89", "bytes 8-9/10")]
    public async Task A_range_is_answered_with_just_those_bytes(string range, string expected, string contentRange)
    {
        await Put("digits", "0123456789");
        using var got = await Client.GetObjectAsync(new GetObjectRequest { BucketName = Lake, Key = "digits", ByteRange = new ByteRange(range) });
        Assert.That((got.HttpStatusCode, await Text(got), got.ContentRange), Is.EqualTo((HttpStatusCode.PartialContent, expected, contentRange)));
    }

    [TestCase("bytes=10-")]
    [TestCase("bytes=-0")]
    public async Task A_range_beyond_the_object_is_refused(string range)
    {
        await Put("digits", "0123456789");
        var request = new GetObjectRequest { BucketName = Lake, Key = "digits", ByteRange = new ByteRange(range) };
        Assert.That(await RefusalOf(() => Client.GetObjectAsync(request)), Is.EqualTo(("InvalidRange", 416)));
    }

    [Test]
    public async Task A_listing_pages_and_rolls_up()
    {
        foreach (var key in new[] { "list/a", "list/b/1", "list/b/2", "list/c", "list/d/1" })
            await Put(key, "x");
        var items = new List<string>();
        var request = new ListObjectsV2Request { BucketName = Lake, Prefix = "list/", Delimiter = "/", MaxKeys = 1 };
        ListObjectsV2Response page;
        do
        {
            page = await Client.ListObjectsV2Async(request);
            items.AddRange((page.S3Objects ?? []).Select(item => item.Key).Concat(page.CommonPrefixes ?? []));
            request.ContinuationToken = page.NextContinuationToken;
        }
        while (page.IsTruncated == true);

        Assert.That(items, Is.EqualTo(new[] { "list/a", "list/b/", "list/c", "list/d/" }));
        var first = await Client.ListObjectsAsync(new ListObjectsRequest { BucketName = Lake, Prefix = "list/", Delimiter = "/", MaxKeys = 2 });
        Assert.That((first.S3Objects.Single().Key, first.CommonPrefixes.Single(), first.NextMarker), Is.EqualTo(("list/a", "list/b/", "list/b/")));
        var after = await Client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Lake, Prefix = "list/", StartAfter = "list/b/1" });
        Assert.That(after.S3Objects.Select(item => item.Key), Is.EqualTo(new[] { "list/b/2", "list/c", "list/d/1" }));
    }

    [Test]
    public async Task A_copy_keeps_or_replaces_the_metadata()
    {
        var put = new PutObjectRequest { BucketName = Lake, Key = "copy/from é", ContentBody = "body", ContentType = "text/plain" };
        put.Metadata["rows"] = "7";
        await Client.PutObjectAsync(put);
        var copy = new CopyObjectRequest { SourceBucket = Lake, SourceKey = "copy/from é", DestinationBucket = Lake, DestinationKey = "copy/to" };
        await Client.CopyObjectAsync(copy);
        Assert.That((await Client.GetObjectMetadataAsync(Lake, "copy/to")).Metadata["rows"], Is.EqualTo("7"));
        copy.MetadataDirective = S3MetadataDirective.REPLACE;
        copy.Metadata["rows"] = "8";
        await Client.CopyObjectAsync(copy);
        Assert.That((await Client.GetObjectMetadataAsync(Lake, "copy/to")).Metadata["rows"], Is.EqualTo("8"));
        var onItself = new CopyObjectRequest { SourceBucket = Lake, SourceKey = "copy/to", DestinationBucket = Lake, DestinationKey = "copy/to" };
        Assert.That(await RefusalOf(() => Client.CopyObjectAsync(onItself)), Is.EqualTo(("InvalidRequest", 400)));
    }

    [Test]
    public async Task Conditions_are_honoured()
    {
        var etag = (await Put("condition", "x")).ETag;
        var once = new PutObjectRequest { BucketName = Lake, Key = "condition", ContentBody = "y", IfNoneMatch = "*" };
        Assert.That(await RefusalOf(() => Client.PutObjectAsync(once)), Is.EqualTo(("PreconditionFailed", 412)));
        var other = new GetObjectRequest { BucketName = Lake, Key = "condition", EtagToMatch = "\"other\"" };
        Assert.That(await RefusalOf(() => Client.GetObjectAsync(other)), Is.EqualTo(("PreconditionFailed", 412)));
        var same = new GetObjectRequest { BucketName = Lake, Key = "condition", EtagToNotMatch = etag };
        Assert.That((await RefusalOf(() => Client.GetObjectAsync(same))).Status, Is.EqualTo(304));
    }

    [TestCase("CRC32")]
    [TestCase("SHA1")]
    [TestCase("SHA256")]
    public async Task A_checksum_is_verified_kept_and_returned(string algorithm)
    {
        var key = "checksum/" + algorithm;
        await Client.PutObjectAsync(new PutObjectRequest
        {
            BucketName = Lake,
            Key = key,
            InputStream = new MemoryStream(Encoding.UTF8.GetBytes(new string('x', 300_000))),
            ChecksumAlgorithm = ChecksumAlgorithm.FindValue(algorithm),
        });
        var head = await Client.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = Lake, Key = key, ChecksumMode = ChecksumMode.ENABLED });
        Assert.That(new[] { head.ChecksumCRC32, head.ChecksumSHA1, head.ChecksumSHA256 }.Count(value => value is not null), Is.EqualTo(1));
        using var got = await Client.GetObjectAsync(Lake, key);
        Assert.That((await Text(got)).Length, Is.EqualTo(300_000));
    }

    [Test]
    public async Task A_wrong_checksum_leaves_no_object()
    {
        var request = new PutObjectRequest { BucketName = Lake, Key = "bad", ContentBody = "x", ChecksumCRC32 = "AAAAAA==" };
        Assert.That(await RefusalOf(() => Client.PutObjectAsync(request)), Is.EqualTo(("BadDigest", 400)));
        Assert.That(Endpoint.Store.Find(Lake, "bad"), Is.Null);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_body_arrives_whether_it_is_signed_in_chunks_or_whole(bool chunked)
    {
        var body = new byte[200_001];
        new Random(1).NextBytes(body);
        await Client.PutObjectAsync(new PutObjectRequest
        {
            BucketName = Lake,
            Key = "payload",
            InputStream = new MemoryStream(body),
            UseChunkEncoding = chunked,
        });
        using var content = Endpoint.Store.OpenRead(Lake, "payload");
        await using var kept = content.OpenBody();
        var bytes = new byte[body.Length];
        await kept.ReadExactlyAsync(bytes);
        Assert.That(bytes, Is.EqualTo(body));
    }

    [Test]
    public async Task Who_does_not_hold_the_secret_is_refused()
    {
        using var stranger = NewClient("wrong");
        Assert.That(await RefusalOf(() => stranger.ListBucketsAsync()), Is.EqualTo(("SignatureDoesNotMatch", 403)));
        using var http = new HttpClient();
        var unsigned = await http.GetAsync(new Uri(Endpoint.Uri, "/lake/digits"));
        Assert.That(unsigned.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(await unsigned.Content.ReadAsStringAsync(), Does.Contain("<Code>AccessDenied</Code>"));
    }

    [Test]
    public async Task A_presigned_link_reads_and_an_altered_one_does_not()
    {
        await Put("presigned é", "hello");
        var link = await Client.GetPreSignedURLAsync(new GetPreSignedUrlRequest
        {
            BucketName = Lake,
            Key = "presigned é",
            Expires = DateTime.UtcNow.AddMinutes(5),
            Protocol = Protocol.HTTP,
        });
        using var http = new HttpClient();
        Assert.That(await http.GetStringAsync(new Uri(link)), Is.EqualTo("hello"));
        var altered = await http.GetAsync(new Uri(link.Replace("X-Amz-Expires=", "X-Amz-Expires=1", StringComparison.Ordinal)));
        Assert.That(altered.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task What_is_not_there_is_refused_and_not_mistaken_for_something_else()
    {
        await Put("tagged", "x");
        var tagging = new PutObjectTaggingRequest { BucketName = Lake, Key = "tagged", Tagging = new Tagging { TagSet = [new Tag { Key = "a", Value = "b" }] } };
        Assert.That(await RefusalOf(() => Client.PutObjectTaggingAsync(tagging)), Is.EqualTo(("NotImplemented", 501)));
        using var got = await Client.GetObjectAsync(Lake, "tagged");
        Assert.That(await Text(got), Is.EqualTo("x"));
    }

    private Task<PutObjectResponse> Put(string key, string body, string bucket = Lake) =>
        Client.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = key, ContentBody = body });

    private static async Task<string> Text(GetObjectResponse response)
    {
        using var reader = new StreamReader(response.ResponseStream);
        return await reader.ReadToEndAsync();
    }
}
