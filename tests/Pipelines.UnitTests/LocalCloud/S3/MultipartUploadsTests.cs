using System.Collections.Immutable;
using Pipelines.LocalCloud.S3;
using Pipelines.LocalCloud.S3.Objects;

namespace Pipelines.UnitTests.LocalCloud.S3;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class MultipartUploadsTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("s3-uploads-").FullName;
    private readonly ObjectStore _store;
    private readonly MultipartUploads _uploads;

    public MultipartUploadsTests()
    {
        _store = ObjectStore.Open(_root);
        _store.CreateBucket("lake");
        _uploads = new MultipartUploads(_store);
    }

    public void Dispose()
    {
        _store.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Test]
    public async Task Parts_named_out_of_order_or_twice_are_refused()
    {
        var upload = Begin();
        var first = await Part(upload, 1);
        var second = await Part(upload, 2);
        Assert.That(await Refusal(upload, second, first), Is.EqualTo("InvalidPartOrder"));
        Assert.That(await Refusal(upload, first, first), Is.EqualTo("InvalidPartOrder"));
    }

    [Test]
    public async Task A_part_that_arrives_after_the_end_finds_no_upload()
    {
        var upload = Begin();
        using var staged = await _store.StageAsync("lake", "k", new MemoryStream([1]), null, default);
        _uploads.Abort("lake", upload);
        var refused = await Assert.ThrowsAsync<S3Failure>(() => _uploads.PutPartAsync("lake", upload, 1, staged, default));
        Assert.That(refused!.Code, Is.EqualTo("NoSuchUpload"));
        Assert.That(_uploads.List("lake"), Is.Empty);
    }

    [TestCase("")]
    [TestCase("../../other")]
    [TestCase("00000000000000000000000000000000")]
    public void An_upload_id_that_was_never_given_out_is_refused(string uploadId) =>
        Assert.That(Assert.Throws<S3Failure>(() => _uploads.Find("lake", "k", uploadId))!.Code, Is.EqualTo("NoSuchUpload"));

    [Test]
    public void An_upload_belongs_to_its_key() =>
        Assert.That(Assert.Throws<S3Failure>(() => _uploads.Find("lake", "other", Begin().UploadId))!.Code, Is.EqualTo("NoSuchUpload"));

    private PendingUpload Begin() => _uploads.Create("lake", "k", ImmutableSortedDictionary<string, string>.Empty, null, composite: false);

    private async Task<NamedPart> Part(PendingUpload upload, int number)
    {
        using var staged = await _store.StageAsync("lake", "k", new MemoryStream([(byte)number]), null, default);
        return new(number, (await _uploads.PutPartAsync("lake", upload, number, staged, default)).ETag, null);
    }

    private async Task<string> Refusal(PendingUpload upload, params NamedPart[] parts) =>
        (await Assert.ThrowsAsync<S3Failure>(() => _uploads.CompleteAsync("lake", upload, parts, null, PutCondition.None, default)))!.Code;
}
