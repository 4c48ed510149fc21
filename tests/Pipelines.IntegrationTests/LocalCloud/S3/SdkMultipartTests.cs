using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;
using Amazon.S3.Transfer;

namespace Pipelines.IntegrationTests.LocalCloud.S3;

public sealed class SdkMultipartTests : S3Fixture
{
    private const int FiveMegabytes = 5 * 1024 * 1024;

    [Test]
    public async Task Two_hundred_megabytes_go_up_in_parts_and_come_down_identical()
    {
        var source = Path.Combine(Folder.Path, "big.bin");
        await WriteRandom(source, 200 * 1024 * 1024);
        using var transfer = new TransferUtility(Client);
        await transfer.UploadAsync(new TransferUtilityUploadRequest { BucketName = Lake, Key = "big", FilePath = source, PartSize = 16 * 1024 * 1024 });
        var down = Path.Combine(Folder.Path, "big.down");
        await transfer.DownloadAsync(down, Lake, "big");
        Assert.That(await HashOf(down), Is.EqualTo(await HashOf(source)));
        Assert.That(Endpoint.Store.Find(Lake, "big")!.ETag, Does.EndWith("-13"));
        Assert.That((await Client.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = Lake, Prefix = "big" })).MultipartUploads ?? [], Is.Empty);
    }

    [Test]
    public async Task Parts_make_the_object_and_its_etag_in_the_named_order()
    {
        var upload = await Begin("parts");
        var second = await Part(upload, 2, "tail"u8.ToArray());
        var body = new byte[FiveMegabytes];
        body.AsSpan().Fill((byte)'a');
        var first = await Part(upload, 1, body);
        var listed = await Client.ListPartsAsync(new ListPartsRequest { BucketName = Lake, Key = "parts", UploadId = upload.UploadId });
        Assert.That(listed.Parts.Select(part => (part.PartNumber, part.Size)), Is.EqualTo(new[] { ((int?)1, (long?)FiveMegabytes), (2, 4) }));
        var done = await Complete(upload, [first, second]);
        // md5(md5(5 MiB of "a") + md5("tail")), by Python's hashlib.
        Assert.That(done.ETag, Is.EqualTo("\"30dcfd3901d1c613b7fb532281748544-2\""));
        var again = await Complete(upload, [first, second]);
        Assert.That(again.ETag, Is.EqualTo(done.ETag), "a client that lost the first answer asks again");
        using var part = await Client.GetObjectAsync(new GetObjectRequest { BucketName = Lake, Key = "parts", PartNumber = 2 });
        Assert.That((part.ContentLength, part.PartsCount), Is.EqualTo((4L, (int?)2)));
    }

    [Test]
    public async Task A_wrong_list_of_parts_is_refused_and_the_upload_lives_on()
    {
        var upload = await Begin("wrong");
        var first = await Part(upload, 1, new byte[10]);
        var second = await Part(upload, 2, new byte[10]);
        Assert.That(await RefusalOf(() => Complete(upload, [first, second])), Is.EqualTo(("EntityTooSmall", 400)));
        Assert.That(await RefusalOf(() => Complete(upload, [new PartETag(1, "\"0123\"")])), Is.EqualTo(("InvalidPart", 400)));
        Assert.That(await RefusalOf(() => Complete(upload, [new PartETag(3, second.ETag)])), Is.EqualTo(("InvalidPart", 400)));
        var open = await Client.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = Lake, Prefix = "wrong" });
        Assert.That(open.MultipartUploads.Select(item => item.UploadId), Is.EqualTo(new[] { upload.UploadId }));
        await Client.AbortMultipartUploadAsync(Lake, "wrong", upload.UploadId);
        Assert.That(await RefusalOf(() => Part(upload, 3, [1])), Is.EqualTo(("NoSuchUpload", 404)));
    }

    [Test]
    public async Task Completing_with_if_none_match_spares_the_object_that_is_there()
    {
        await Client.PutObjectAsync(new PutObjectRequest { BucketName = Lake, Key = "guarded", ContentBody = "first" });
        var upload = await Begin("guarded");
        var part = await Part(upload, 1, [1]);
        var complete = new CompleteMultipartUploadRequest { BucketName = Lake, Key = "guarded", UploadId = upload.UploadId, PartETags = [part], IfNoneMatch = "*" };
        Assert.That(await RefusalOf(() => Client.CompleteMultipartUploadAsync(complete)), Is.EqualTo(("PreconditionFailed", 412)));
        Assert.That(Endpoint.Store.Find(Lake, "guarded")!.Size, Is.EqualTo(5));
    }

    [Test]
    public async Task A_part_can_be_copied_from_a_range_of_an_object()
    {
        await Client.PutObjectAsync(new PutObjectRequest { BucketName = Lake, Key = "source", ContentBody = "0123456789" });
        var upload = await Begin("assembled");
        var copied = await Client.CopyPartAsync(new CopyPartRequest
        {
            SourceBucket = Lake,
            SourceKey = "source",
            DestinationBucket = Lake,
            DestinationKey = "assembled",
            UploadId = upload.UploadId,
            PartNumber = 1,
            FirstByte = 3,
            LastByte = 5,
        });
        await Complete(upload, [new PartETag(copied)]);
        using var content = Endpoint.Store.OpenRead(Lake, "assembled");
        using var reader = new StreamReader(content.OpenBody());
        Assert.That(await reader.ReadToEndAsync(), Is.EqualTo("345"));
    }

    [TestCase("CRC32", "COMPOSITE")]
    [TestCase("CRC32", "FULL_OBJECT")]
    [TestCase("SHA256", "COMPOSITE")]
    public async Task An_upload_in_parts_has_the_checksum_that_was_asked_for(string algorithm, string type)
    {
        var key = $"checksum/{algorithm}";
        var upload = await Client.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest
        {
            BucketName = Lake,
            Key = key,
            ChecksumAlgorithm = ChecksumAlgorithm.FindValue(algorithm),
            ChecksumType = ChecksumType.FindValue(type),
        });
        var part = await Client.UploadPartAsync(new UploadPartRequest
        {
            BucketName = Lake,
            Key = key,
            UploadId = upload.UploadId,
            PartNumber = 1,
            InputStream = new MemoryStream([1, 2, 3]),
            ChecksumAlgorithm = ChecksumAlgorithm.FindValue(algorithm),
        });
        var done = await Complete(upload, [new PartETag(part)]);
        var values = new[] { done.ChecksumCRC32, done.ChecksumSHA256 }.OfType<string>().ToList();
        Assert.That(values.Single().EndsWith("-1", StringComparison.Ordinal), Is.EqualTo(type == "COMPOSITE"));
        using var got = await Client.GetObjectAsync(Lake, key);
        Assert.That(got.ContentLength, Is.EqualTo(3));
    }

    private Task<InitiateMultipartUploadResponse> Begin(string key) => Client.InitiateMultipartUploadAsync(Lake, key);

    private async Task<PartETag> Part(InitiateMultipartUploadResponse upload, int number, byte[] body) => new(await Client.UploadPartAsync(new UploadPartRequest
    {
        BucketName = Lake,
        Key = upload.Key,
        UploadId = upload.UploadId,
        PartNumber = number,
        InputStream = new MemoryStream(body),
    }));

    private Task<CompleteMultipartUploadResponse> Complete(InitiateMultipartUploadResponse upload, List<PartETag> parts) =>
        Client.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest
        {
            BucketName = Lake,
            Key = upload.Key,
            UploadId = upload.UploadId,
            PartETags = parts,
        });

    private static async Task WriteRandom(string path, int size)
    {
        var random = new Random(7);
        var block = new byte[1024 * 1024];
        await using var file = File.Create(path);
        for (var written = 0; written < size; written += block.Length)
        {
            random.NextBytes(block);
            await file.WriteAsync(block);
        }
    }

    private static async Task<string> HashOf(string path)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexString(await SHA256.HashDataAsync(file));
    }
}
