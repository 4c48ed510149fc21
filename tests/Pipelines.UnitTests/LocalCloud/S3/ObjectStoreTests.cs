using System.Text;
using Pipelines.LocalCloud.S3;
using Pipelines.LocalCloud.S3.Objects;

namespace Pipelines.UnitTests.LocalCloud.S3;

public sealed class ObjectStoreTests
{
    private string _root = null!;

    [SetUp]
    public void CreateRoot() => _root = Directory.CreateTempSubdirectory("s3-store-").FullName;

    [TearDown]
    public void DeleteRoot() => Directory.Delete(_root, recursive: true);

    [Test]
    public async Task Objects_and_their_headers_survive_a_restart()
    {
        using (var store = OpenWithBucket())
        {
            await store.PutAsync("lake", "a/b.csv", Body("1,2"), new Dictionary<string, string> { ["Content-Type"] = "text/csv" });
            store.CreateBucket("empty");
        }

        using var reopened = ObjectStore.Open(_root);
        using var content = reopened.OpenRead("lake", "a/b.csv");
        Assert.That(Read(content), Is.EqualTo("1,2"));
        Assert.That(content.Record.Headers["content-type"], Is.EqualTo("text/csv"));
        Assert.That(content.Record.ETag, Is.EqualTo("05cf281c050be3da4eecf3bc6e8aac1b"));
        Assert.That(reopened.List("lake").Select(summary => (summary.Key, summary.Size)), Is.EqualTo(new[] { ("a/b.csv", 3L) }));
        Assert.That(reopened.Buckets.Select(bucket => bucket.Name), Is.EqualTo(new[] { "empty", "lake" }));
    }

    [TestCase("../../etc/passwd")]
    [TestCase("/leading//double/")]
    [TestCase("..")]
    [TestCase("100%25 sp ace?#&+😀\n")]
    public async Task Any_key_is_kept_and_none_is_a_path(string key)
    {
        using var store = OpenWithBucket();
        await store.PutAsync("lake", key, Body("x"));
        using var content = store.OpenRead("lake", key);
        Assert.That((content.Record.Key, Read(content)), Is.EqualTo((key, "x")));
        var files = Directory.GetFiles(_root, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(_root, path));
        Assert.That(files, Has.One.Match("^buckets/lake/objects/[0-9a-f]{2}/[0-9a-f]{62}$"));
    }

    [Test]
    public async Task A_key_counts_its_bytes_not_its_characters()
    {
        using var store = OpenWithBucket();
        await store.PutAsync("lake", new string('é', 512), Body("x"));
        var failure = await Assert.ThrowsAsync<S3Failure>(() => store.PutAsync("lake", new string('é', 512) + "x", Body("x")));
        Assert.That(failure!.Code, Is.EqualTo("KeyTooLongError"));
    }

    [Test]
    public async Task Who_reads_while_the_object_is_overwritten_or_deleted_reads_the_old_one_whole()
    {
        using var store = OpenWithBucket();
        await store.PutAsync("lake", "k", Body("old"));
        using var before = store.OpenRead("lake", "k");
        await store.PutAsync("lake", "k", Body("newer"));
        using var after = store.OpenRead("lake", "k");
        store.Delete("lake", "k");
        Assert.That((Read(before), before.Record.Size), Is.EqualTo(("old", 3L)));
        Assert.That((Read(after), after.Record.Size), Is.EqualTo(("newer", 5L)));
        Assert.That(store.Find("lake", "k"), Is.Null);
    }

    [Test]
    public async Task Of_many_conditional_writers_exactly_one_wins_and_nothing_stays_behind()
    {
        using var store = OpenWithBucket();
        var once = new PutCondition(MustNotExist: true);
        var results = await Task.WhenAll(Enumerable.Range(0, 16).Select(writer => Task.Run(async () =>
        {
            using var staged = await store.StageAsync("lake", "k", Body(new string('x', writer)), null, default);
            try
            {
                await store.CommitAsync("lake", staged, store.Describe("k", staged), once, default);
                return writer;
            }
            catch (S3Failure refused) when (refused.Code == "PreconditionFailed")
            {
                return -1;
            }
        })));
        var winner = results.Single(writer => writer >= 0);
        Assert.That(store.Find("lake", "k")!.Size, Is.EqualTo(winner));
        Assert.That(Directory.GetFiles(Path.Combine(_root, "staging")), Is.Empty);
    }

    [Test]
    public async Task A_body_that_breaks_off_leaves_no_object_and_no_file()
    {
        using var store = OpenWithBucket();
        await Assert.ThrowsAsync<IOException>(() => store.PutAsync("lake", "k", new BreakingStream()));
        Assert.That(store.Find("lake", "k"), Is.Null);
        Assert.That(Directory.GetFiles(Path.Combine(_root, "staging")), Is.Empty);
    }

    [Test]
    public async Task A_torn_file_is_no_object_after_a_restart()
    {
        using (var store = OpenWithBucket())
        {
            await store.PutAsync("lake", "whole", Body("1"));
            await store.PutAsync("lake", "torn", Body("2"));
        }

        var torn = ObjectFile.PathOf(Path.Combine(_root, "buckets", "lake", "objects"), "torn");
        await File.WriteAllBytesAsync(torn, (await File.ReadAllBytesAsync(torn))[..^1]);
        using var reopened = ObjectStore.Open(_root);
        Assert.That(reopened.List("lake").Select(summary => summary.Key), Is.EqualTo(new[] { "whole" }));
    }

    [Test]
    public async Task A_bucket_goes_only_when_it_is_empty()
    {
        using var store = OpenWithBucket();
        await store.PutAsync("lake", "k", Body("x"));
        Assert.That(store.DeleteBucket("lake"), Is.False);
        store.Delete("lake", "k");
        Assert.That(store.DeleteBucket("lake"), Is.True);
        Assert.That(Assert.Throws<S3Failure>(() => store.OpenRead("lake", "k"))!.Code, Is.EqualTo("NoSuchBucket"));
    }

    [TestCase("ab")]
    [TestCase("Upper")]
    [TestCase("a..b")]
    [TestCase("..")]
    [TestCase("127.0.0.1")]
    [TestCase("a/b")]
    public void A_bad_bucket_name_is_refused(string name)
    {
        using var store = ObjectStore.Open(_root);
        Assert.That(Assert.Throws<S3Failure>(() => store.CreateBucket(name))!.Code, Is.EqualTo("InvalidBucketName"));
    }

    [Test]
    public void A_folder_that_is_in_use_is_refused()
    {
        using var store = ObjectStore.Open(_root);
        Assert.That(() => ObjectStore.Open(_root), Throws.TypeOf<IOException>().With.Message.Contains("in use"));
    }

    private ObjectStore OpenWithBucket()
    {
        var store = ObjectStore.Open(_root);
        store.CreateBucket("lake");
        return store;
    }

    private static MemoryStream Body(string text) => new(Encoding.UTF8.GetBytes(text));

    private static string Read(ObjectContent content)
    {
        using var reader = new StreamReader(content.OpenBody());
        return reader.ReadToEnd();
    }

    private sealed class BreakingStream : MemoryStream
    {
        private bool _started;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_started)
                throw new IOException("The sender went away.");
            _started = true;
            buffer.Span[0] = 1;
            return ValueTask.FromResult(1);
        }
    }
}
