using System.Text.RegularExpressions;

namespace Pipelines.LocalCloud.S3.Objects;

/// <summary>One bucket: a folder of object files and the index of their keys. The lock is held for a rename or a page, never for a body.</summary>
internal sealed partial class Bucket
{
    private readonly Lock _lock = new();
    private readonly string _objects;
    private readonly KeyIndex _index;
    private bool _deleted;

    private Bucket(string folder, DateTimeOffset created)
    {
        Folder = folder;
        Name = Path.GetFileName(folder);
        Created = created;
        _objects = Path.Combine(folder, "objects");
        _index = KeyIndex.Of(ReadSummaries());
    }

    public string Folder { get; }

    public string Name { get; }

    public DateTimeOffset Created { get; }

    public static Bucket Create(string folder, DateTimeOffset now)
    {
        Directory.CreateDirectory(Path.Combine(folder, "objects"));
        File.WriteAllText(CreatedFile(folder), now.ToString("O"));
        return new Bucket(folder, now);
    }

    /// <summary>The bucket in a folder; null when the folder was left half-made or half-deleted.</summary>
    public static Bucket? Open(string folder) =>
        File.Exists(CreatedFile(folder)) && DateTimeOffset.TryParse(File.ReadAllText(CreatedFile(folder)), out var created)
            ? new Bucket(folder, created)
            : null;

    /// <summary>S3's naming rules; they also make the name safe as a folder's name.</summary>
    public static bool IsValidName(string name) =>
        name.Length is >= 3 and <= 63 && NamePattern().IsMatch(name) && !name.Contains("..", StringComparison.Ordinal) && !AddressPattern().IsMatch(name);

    /// <exception cref="S3Failure">NoSuchKey.</exception>
    public ObjectContent OpenRead(string key)
    {
        try
        {
            return ObjectFile.Open(ObjectFile.PathOf(_objects, key));
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw S3Failure.NoSuchKey(key);
        }
    }

    public ObjectSummary? Find(string key)
    {
        lock (_lock)
            return _index.Find(key);
    }

    public ListPage List(ListQuery query)
    {
        lock (_lock)
            return _index.List(query);
    }

    /// <summary>Makes a sealed file the object, if the condition holds at this moment.</summary>
    /// <exception cref="S3Failure">PreconditionFailed, NoSuchKey (by the condition), NoSuchBucket (deleted meanwhile).</exception>
    public void Commit(StagedObject staged, ObjectRecord record, PutCondition condition)
    {
        var path = ObjectFile.PathOf(_objects, record.Key);
        lock (_lock)
        {
            if (_deleted)
                throw S3Failure.NoSuchBucket(Name);
            condition.Verify(record.Key, _index.Find(record.Key));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            staged.MoveTo(path);
            _index.Put(record.Summary);
        }
    }

    /// <summary>Deletes the object, if it is there and the condition holds.</summary>
    public void Delete(string key, PutCondition condition)
    {
        lock (_lock)
        {
            var existing = _index.Find(key);
            condition.Verify(key, existing);
            if (existing is null)
                return;
            File.Delete(ObjectFile.PathOf(_objects, key));
            _index.Remove(key);
        }
    }

    /// <summary>Deletes the bucket and its unfinished uploads; false: it holds objects and stays.</summary>
    public bool TryDelete()
    {
        lock (_lock)
        {
            if (_index.Count > 0)
                return false;
            _deleted = true;
            // First, so that a crash in between leaves no bucket rather than half a one.
            File.Delete(CreatedFile(Folder));
            Directory.Delete(Folder, recursive: true);
            return true;
        }
    }

    private static string CreatedFile(string folder) => Path.Combine(folder, "created");

    private IEnumerable<ObjectSummary> ReadSummaries()
    {
        foreach (var path in Directory.EnumerateFiles(_objects, "*", SearchOption.AllDirectories))
        {
            if (TryRead(path) is { } record)
                yield return record.Summary;
        }
    }

    // After a power cut a file may be torn: it is no object, as if its upload had not ended.
    private static ObjectRecord? TryRead(string path)
    {
        try
        {
            return ObjectFile.ReadRecord(path);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9.-]*[a-z0-9]$")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^\d+\.\d+\.\d+\.\d+$")]
    private static partial Regex AddressPattern();
}
